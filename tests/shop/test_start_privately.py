"""What our commands make is for their own user, whatever the shell's umask is."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OTHERS = 0o066 if os.geteuid() == 0 else 0o077  # Mosquitto's user passes through root's folders
TELL = """
import os, runpy, sys
from shop import start
start.begin = lambda: os._exit(os.umask(0))
runpy.run_module("{}", run_name="__main__", alter_sys=True)
"""


def test_a_new_data_folder_and_the_database_in_it(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    environment = os.environ | {"SHOP_DATA_DIR": str(data), "SHOP_DATABASE_URL": ""}
    command = [sys.executable, "-m", "shop", "migrate"]
    subprocess.run(command, cwd=ROOT, env=environment, umask=0o022, check=True)
    rights = {path: stat.S_IMODE(path.stat().st_mode) for path in (data.parent, data, data / "shop.db")}
    assert rights == {data.parent: 0o777 & ~OTHERS, data: 0o777 & ~OTHERS, data / "shop.db": 0o600}


@pytest.mark.parametrize(("module", "command"), [("shop", "serve"), ("devices", "gateway"), ("admin", "")])
def test_every_process_starts_so(module: str, command: str) -> None:
    run = [sys.executable, "-c", TELL.format(module), *command.split()]
    assert subprocess.run(run, cwd=ROOT, umask=0o022, check=False).returncode == OTHERS
