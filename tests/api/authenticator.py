"""A phone's keeper of passkeys in software: it signs as real ones do, wrongly where told to."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

from cbor2 import dumps
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40  # flags of authenticator data
ES256, P256 = -7, 1


@dataclass
class Authenticator:
    origin: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    credential_id: str = field(default_factory=lambda: base64(secrets.token_bytes(16)))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str = ""

    def create(self, options: dict[str, Any]) -> dict[str, str]:
        """What our page sends of a new passkey."""
        assert {"type": "public-key", "alg": ES256} in options["pubKeyCredParams"]
        self.user_handle = options["user"]["id"]
        raw_id = unbase64(self.credential_id)
        attested = bytes(16) + len(raw_id).to_bytes(2, "big") + raw_id + self._public_key()
        data = self._data(options["rp"]["id"], self.flags | WITH_KEY) + attested
        return {
            "id": self.credential_id,
            "client_data": base64(self._client_data("webauthn.create", options)),
            "attestation": base64(dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }

    def sign(self, options: dict[str, Any]) -> dict[str, str]:
        """What our page sends to sign in; each time is counted."""
        self.count += 1
        data = self._data(options["rpId"], self.flags)
        client_data = self._client_data("webauthn.get", options)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return {
            "id": self.credential_id,
            "client_data": base64(client_data),
            "authenticator_data": base64(data),
            "signature": base64(signed),
            "user_handle": self.user_handle,
        }

    def but(self, **changed: Any) -> "Authenticator":
        return replace(self, **changed)

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return bytes(dumps({1: 2, 3: ES256, -1: P256} | point))


def base64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
