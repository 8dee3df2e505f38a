"""Inside a process of the product: changes a module right after it was imported, as the harness asked."""

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from tests.chaos.mutants import HOOK as MUTANT

HOOKS = os.path.join(os.path.dirname(__file__), "hooks")
FAILPOINTS = "CHAOS_FAILPOINTS"  # a folder: what is armed and what was passed
STUTTER = "CHAOS_STUTTER"

Changes = Mapping[str, Callable[[ModuleType], None]]  # module -> what is done to it


def environment(**switches: str) -> dict[str, str]:
    """What a process must be given to be hooked."""
    return {"PYTHONPATH": HOOKS, **switches}


def install() -> None:
    changes: dict[str, Callable[[ModuleType], None]] = {}
    if os.environ.get(STUTTER):
        from tests.chaos import stutter

        changes["devices.edge.device"] = stutter.install
    if name := os.environ.get(MUTANT):
        from tests.chaos.mutations import MUTATIONS

        changes[MUTATIONS[name].module] = MUTATIONS[name].apply
    if folder := os.environ.get(FAILPOINTS):
        from tests.chaos.failing import instruments

        changes |= instruments(folder)
    if changes:
        sys.meta_path.insert(0, _Finder(changes))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._changes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._changes[name])
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: Any, change: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._change = change

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._change(module)

    def get_code(self, name: str) -> Any:
        """For `python -m`, which asks the loader instead of importing."""
        return self._loader.get_code(name)
