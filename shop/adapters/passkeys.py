"""WebAuthn by the webauthn library: options for the browser, and the check of what it answers."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from shop.domain.passkeys import CHALLENGE_VALID
from shop.domain.ports import NewPasskey

VERIFIED = UserVerificationRequirement.REQUIRED  # by finger, face or PIN
FOUND_BY_ITSELF = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
)
PATIENCE_MS = int(CHALLENGE_VALID.total_seconds() * 1000)


class WebAuthn:
    """For the pages of one address; a passkey made for another one is refused."""

    def __init__(self, public_url: str) -> None:
        at = urlsplit(public_url)
        self._rp_id = at.hostname or ""
        self._expected: dict[str, Any] = {
            "expected_rp_id": self._rp_id,
            "expected_origin": f"{at.scheme}://{at.netloc}",
            "require_user_verification": True,
        }

    def creation(
        self, *, challenge: str, shop: str, customer_id: str, email: str, known: list[str]
    ) -> dict[str, Any]:
        options = webauthn.generate_registration_options(
            rp_id=self._rp_id,
            rp_name=shop,
            user_id=customer_id.encode(),
            user_name=email,
            challenge=base64url_to_bytes(challenge),
            timeout=PATIENCE_MS,
            authenticator_selection=FOUND_BY_ITSELF,
            exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(key)) for key in known],
        )
        return options_to_json_dict(options)

    def request(self, *, challenge: str) -> dict[str, Any]:
        options = webauthn.generate_authentication_options(
            rp_id=self._rp_id,
            challenge=base64url_to_bytes(challenge),
            timeout=PATIENCE_MS,
            user_verification=VERIFIED,
        )
        return options_to_json_dict(options)

    def challenge_in(self, answer: Mapping[str, str]) -> str:
        try:
            return str(json.loads(base64url_to_bytes(answer["client_data"]))["challenge"])[:64]
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""

    def made(self, attestation: Mapping[str, str], challenge: str) -> NewPasskey | None:
        response = {
            "clientDataJSON": attestation["client_data"],
            "attestationObject": attestation["attestation"],
        }
        try:
            made = webauthn.verify_registration_response(
                credential=_credential(attestation["id"], response),
                expected_challenge=base64url_to_bytes(challenge),
                **self._expected,
            )
        except Exception:  # the library lets through what its many parsers say of bytes from anywhere
            return None
        return NewPasskey(
            bytes_to_base64url(made.credential_id),
            bytes_to_base64url(made.credential_public_key),
            made.sign_count,
        )

    def signed(
        self, assertion: Mapping[str, str], challenge: str, customer_id: str, public_key: str
    ) -> int | None:
        response = {
            "clientDataJSON": assertion["client_data"],
            "authenticatorData": assertion["authenticator_data"],
            "signature": assertion["signature"],
        }
        try:
            if base64url_to_bytes(assertion["user_handle"]) != customer_id.encode():
                return None
            signed = webauthn.verify_authentication_response(
                credential=_credential(assertion["id"], response),
                expected_challenge=base64url_to_bytes(challenge),
                credential_public_key=base64url_to_bytes(public_key),
                credential_current_sign_count=0,  # whether it went back is the domain's question
                **self._expected,
            )
        except Exception:  # as above
            return None
        return signed.new_sign_count


def _credential(credential_id: str, response: dict[str, str]) -> dict[str, Any]:
    return {"id": credential_id, "rawId": credential_id, "response": response, "type": "public-key"}
