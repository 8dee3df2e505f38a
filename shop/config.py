"""Settings, read from SHOP_* environment variables; wrong ones refuse to start."""

import os
import re
import secrets
import tempfile
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyAddress, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LIVE_STRIPE = "https://api.stripe.com"


class Settings(BaseSettings):
    """Every setting, with the default of a first try on one box; docs/settings.md lists them."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", extra="ignore")

    data_dir: Path = Path("data")
    database_url: str = ""  # empty: a SQLite file in data_dir
    operator: str | None = None  # slug, needed only when the database holds several
    secret: SecretStr = SecretStr("")  # empty: made once and kept in data_dir
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    admin_port: int = Field(default=8001, ge=1, le=65535)
    public_url: str = ""
    admin_url: str = ""
    broker: str = Field(default="auto", pattern="^(auto|mosquitto|embedded|external)$")
    broker_listen: IPvAnyAddress = ip_address("127.0.0.1")
    broker_host: str = "127.0.0.1"
    broker_port: int = Field(default=1883, ge=1, le=65535)
    stripe_key: SecretStr = SecretStr("")
    stripe_url: str = LIVE_STRIPE
    stripe_webhook_secret: SecretStr = SecretStr("")
    smtp_host: str = ""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: bool = False
    mail_from: str = "shop@localhost"
    # from one address; codes and passwords also have limits of their own, kept in the database
    requests_per_minute: int = Field(default=1200, ge=1)
    sign_ins_per_minute: int = Field(default=60, ge=1)
    worker_threads: int = Field(default=4, ge=1, le=32)
    # how many of each `shop up` starts
    serve_processes: int = Field(default=1, ge=1, le=8)
    worker_processes: int = Field(default=1, ge=1, le=8)
    gateway_processes: int = Field(default=1, ge=1, le=8)
    log: str = Field(default="auto", pattern="^(auto|json|text)$")
    metrics_host: IPvAnyAddress = ip_address("127.0.0.1")
    backup_dir: Path | None = None  # where backups are kept, for who watches their age
    metrics_port: int = Field(default=0, ge=0, le=65_490)  # the first of forty; 0: nobody listens

    @model_validator(mode="after")
    def _live_key_goes_to_stripe_only(self) -> "Settings":
        key = self.stripe_key.get_secret_value()
        live = key.startswith(("sk_live_", "rk_live_"))
        if live and self.stripe_url.rstrip("/") != LIVE_STRIPE:
            raise ValueError("SHOP_STRIPE_KEY is a live key but SHOP_STRIPE_URL is not Stripe's own address")
        _web("STRIPE_URL", self.stripe_url)
        return self

    @model_validator(mode="after")
    def _addresses(self) -> "Settings":
        self.public_url = _web("PUBLIC_URL", self.public_url or f"http://{self.host}:{self.port}")
        self.admin_url = _web("ADMIN_URL", self.admin_url or f"http://{self.host}:{self.admin_port}")
        self.database_url = self.database_url or f"sqlite:///{self.data_dir.resolve() / 'shop.db'}"
        if urlsplit(self.database_url).scheme.partition("+")[0] not in ("sqlite", "postgresql"):
            raise ValueError("SHOP_DATABASE_URL must begin with sqlite:/// or postgresql://")
        return self


def _web(name: str, address: str) -> str:
    """In lower case what has no case, so that everybody may compare it as it stands."""
    parts = urlsplit(address.rstrip("/"))
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"SHOP_{name} must be an http or https address")
    return parts._replace(netloc=parts.netloc.lower()).geturl()


@lru_cache
def settings() -> Settings:
    return Settings()


def must_be_strong(settings: Settings, *names: str) -> None:
    """No start with secrets that are missing or made up where the shop is open to the world (https).

    ValueError says which one. An empty SHOP_SECRET is none of them: a random one is made and kept.
    """
    if not settings.public_url.startswith("https"):
        return
    for name in names:
        given = getattr(settings, name).get_secret_value()
        why = _weakness(given)
        if why and (given or name != "secret"):
            raise ValueError(f"SHOP_{name.upper()} {why}: the shop does not open at {settings.public_url}")


MADE_UP = re.compile("(?i)change.?me|secret|passwor[dt]|example|default|placeholder|12345|qwert")
STRIPES_OWN = re.compile("^(sk_live_|sk_test_|rk_live_|rk_test_|whsec_)")


def _weakness(secret: str) -> str:
    own = STRIPES_OWN.sub("", secret)
    if len(own) < 16:
        return "is not set" if not secret else "is too short"
    if len(set(own)) < 10 or MADE_UP.search(own):
        return "looks made up"
    return ""


def master_secret(settings: Settings) -> bytes:
    """The installation's root secret; made once in data_dir when none is set. At least 32 characters."""
    given = settings.secret.get_secret_value()
    if given:
        if len(given) < 32:
            raise ValueError("SHOP_SECRET must have at least 32 characters")
        if len(set(given)) < 10:
            raise ValueError("SHOP_SECRET looks made up: openssl rand -hex 32 makes one")
        return given.encode()
    path = settings.data_dir / "secret"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        made = secrets.token_urlsafe(48).encode()
        with tempfile.NamedTemporaryFile(dir=settings.data_dir, delete=False) as new:  # mode 0600
            new.write(made)
        try:
            os.link(new.name, path)  # first process wins, the others read its secret
        except FileExistsError:
            made = path.read_bytes()
        finally:
            os.unlink(new.name)
        return made
