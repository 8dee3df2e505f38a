"""Keys come from one master secret; a signature covers exact bytes."""

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from devices import signing
from devices.messages import SignedCommand, Unlock
from tests.devices.rigs import unlock_command

MASTER = b"0123456789abcdef0123456789abcdef"


def command() -> Unlock:
    return unlock_command("dorf-lock", "front", "A" * 22)


def test_keys_differ_by_store_device_and_kid_and_are_stable() -> None:
    secret = signing.store_secret(MASTER, "dorf")
    keys = {
        signing.signing_key(secret, "lock-1", "k1"),
        signing.signing_key(secret, "lock-1", "k2"),
        signing.signing_key(secret, "lock-2", "k1"),
        signing.signing_key(signing.store_secret(MASTER, "stadt"), "lock-1", "k1"),
        signing.signing_key(secret, "lock-1k", "1"),
    }
    assert len(keys) == 5
    assert signing.signing_key(secret, "lock-1", "k1") in keys
    assert signing.mqtt_password(secret, "lock-1") != signing.encode(
        signing.signing_key(secret, "lock-1", "k1")
    )


def test_derivation_is_hkdf_as_in_rfc_5869() -> None:
    info = b"shop/v1" + b"\x00\x05store" + b"\x00\x04dorf"
    other = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(MASTER)
    assert signing.store_secret(MASTER, "dorf") == other


def test_a_short_master_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        signing.store_secret(b"secret", "dorf")


def test_what_was_signed_comes_back_byte_for_byte() -> None:
    unlock = command()
    signed = signing.sign(unlock, b"k" * 32, "k1")
    assert signing.verify(signed, b"k" * 32) == unlock.to_bytes()


def test_another_key_or_one_changed_character_is_noticed() -> None:
    signed = signing.sign(command(), b"k" * 32, "k1")
    with pytest.raises(signing.BadSignature):
        signing.verify(signed, b"x" * 32)
    for position in range(0, len(signed.p), 7):
        other = "B" if signed.p[position] != "B" else "C"
        forged = signed.p[:position] + other + signed.p[position + 1 :]
        with pytest.raises(signing.BadSignature):
            signing.verify(SignedCommand(kid="k1", p=forged, sig=signed.sig), b"k" * 32)


@pytest.mark.parametrize("sig", ["A", "AAAA", "-" * 43])
def test_a_damaged_signature_is_a_bad_signature(sig: str) -> None:
    signed = signing.sign(command(), b"k" * 32, "k1")
    with pytest.raises(signing.BadSignature):
        signing.verify(SignedCommand(kid="k1", p=signed.p, sig=sig), b"k" * 32)
