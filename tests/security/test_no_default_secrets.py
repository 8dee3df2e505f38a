"""No installation shares a secret with another, and none starts with one that stands in a manual."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from sqlmodel import col, select

from shop import passwords, seed
from shop.config import Settings, master_secret
from shop.db import Database
from shop.domain.sign_in import SignIn, Staff
from shop.domain.tables import METADATA
from tests.security.two_shops import furnish

ASSORTMENT = Path("simulators/data/dorfladen_witzenhausen.json")
SECRETIVE = re.compile(r"secret|password|key|token", re.IGNORECASE)
LITERAL = re.compile(
    r"""(?:secret|password|api_?key|token)\w*\s*[:=]\s*(?:SecretStr\()?["']([^"'{}]{4,})["']""", re.IGNORECASE
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    METADATA.create_all(made.engine)
    return made


def test_no_setting_has_a_secret_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SHOP_{name.upper()}", raising=False)
    settings = Settings(_env_file=None)
    secrets = {name: value for name, value in settings if isinstance(value, SecretStr)}
    assert set(secrets) == {name for name in Settings.model_fields if SECRETIVE.search(name)}
    assert {value.get_secret_value() for value in secrets.values()} == {""}
    assert "@" not in settings.database_url  # no password either


def test_each_installation_makes_a_secret_of_its_own(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    made = [master_secret(Settings(_env_file=None, data_dir=folder)) for folder in folders]
    assert made[0] != made[1]
    assert min(map(len, made)) >= 43  # 256 bits
    assert [master_secret(Settings(_env_file=None, data_dir=folder)) for folder in folders] == made
    assert {(folder / "secret").stat().st_mode & 0o777 for folder in folders} == {0o600}


@pytest.mark.parametrize("given", ["secret", "change-me", "x" * 31])
def test_a_short_root_secret_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises((ValueError, ValidationError), match="32"):
        master_secret(Settings(_env_file=None, data_dir=tmp_path, secret=SecretStr(given)))


def test_a_new_installation_knows_nobody(database: Database) -> None:
    with database.reading() as tx:
        assert list(tx.exec(select(Staff))) == []
        assert list(tx.exec(select(SignIn))) == []


def test_each_first_login_has_a_password_of_its_own(database: Database) -> None:
    with database.transaction() as tx:
        made = seed.sow(tx, seed.read(ASSORTMENT), timing={}, staff_email="chef@example.org")
        furnish(tx, "ahorn", 1, states=())
        hashes = [staff.password_hash for staff in tx.exec(select(Staff).order_by(col(Staff.id)))]
    password = made["staff"]["password"]
    assert len(password) >= 16
    assert passwords.matches(password, hashes[0])
    assert not passwords.matches(password, hashes[1])


def test_passwords_are_kept_by_argon2() -> None:
    one, two = passwords.hashed("the same"), passwords.hashed("the same")
    assert one != two  # a salt of its own
    parameters = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", one)
    assert parameters is not None
    memory_kib, passes, _ = map(int, parameters.groups())
    assert memory_kib * passes >= 19 * 1024 * 2  # OWASP's least: 19 MiB twice


def test_no_secret_stands_in_the_code() -> None:
    found = {
        f"{path}: {literal}"
        for folder in ("shop", "admin", "devices")
        for path in Path(folder).rglob("*.py")
        for literal in LITERAL.findall(path.read_text())
        if " " not in literal and not literal.isupper() and not re.fullmatch(r"[a-z_]+", literal)
    }
    assert found == set()
