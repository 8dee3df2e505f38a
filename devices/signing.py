"""Keys and signatures of commands: HKDF and HMAC-SHA256, compared in constant time (protocol section 4.5)."""

import base64
import hmac
from hashlib import sha256

from devices.messages import SignedCommand, Unlock


class BadSignature(ValueError):
    """The signature does not belong to these bytes and this key."""


def store_secret(master: bytes, store: str) -> bytes:
    """32 bytes for one store; the master secret itself never leaves the core."""
    if len(master) < 16:
        raise ValueError("the master secret must have at least 16 bytes")
    return _derive(master, "store", store)


def signing_key(secret: bytes, device: str, kid: str) -> bytes:
    """The key that signs commands to one device; `secret` is its store's."""
    return _derive(secret, "sign", device, kid)


def mqtt_password(secret: bytes, device: str) -> str:
    """The broker password of one user (43 characters); unrelated to its signing key."""
    return encode(_derive(secret, "mqtt", device))


def sign(command: Unlock, key: bytes, kid: str) -> SignedCommand:
    payload = command.to_bytes()
    return SignedCommand(kid=kid, p=encode(payload), sig=encode(_mac(key, payload)))


def verify(signed: SignedCommand, key: bytes) -> bytes:
    """The exact bytes that were signed; raises BadSignature."""
    try:
        payload, signature = decode(signed.p), decode(signed.sig)
    except ValueError:
        raise BadSignature("not base64url") from None
    if not hmac.compare_digest(_mac(key, payload), signature):
        raise BadSignature("the signature does not match")
    return payload


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")


def _derive(secret: bytes, *context: str) -> bytes:
    """HKDF (RFC 5869) with SHA-256, one block; length-prefixed parts cannot run into each other."""
    info = b"shop/v1" + b"".join(len(part).to_bytes(2) + part.encode() for part in context)
    extracted = hmac.digest(b"\0" * sha256().digest_size, secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")
