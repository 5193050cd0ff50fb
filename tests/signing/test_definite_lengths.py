"""Values of unlucky sizes are encoded once, to the same bytes; indefinite lengths as before."""

from __future__ import annotations

import secrets

import pytest
from asn1crypto import cms, core, tsp, x509
from hypothesis import given
from hypothesis import strategies as st

from signing.definite_lengths import is_definite
from tests.servers.trust_services import TrustServices, token


@pytest.fixture
def encoded_anew(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is encoded anew by force, while the test runs."""
    found: list[object] = []
    for kind in (core.Sequence, core.SequenceOf):
        real = kind._set_contents

        def noted(self: object, force: bool = False, real: object = real) -> None:
            if force:
                found.append(self)
            real(self, force)  # type: ignore[operator]

        monkeypatch.setattr(kind, "_set_contents", noted)
    return found


def stamped_attributes(services: TrustServices, size: int) -> cms.CMSAttributes:
    """Attributes of a signature with a time stamp inside, ``size`` octets long in their contents."""
    request = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": bytes(32),
            },
            "nonce": secrets.randbits(62) | 1 << 62,
            "cert_req": True,
        }
    )
    der = token(services, services.tsas["a"], request)
    attribute = cms.CMSAttribute(
        {
            "type": "signature_time_stamp_token",
            "values": [tsp.TimeStampResp.load(der)["time_stamp_token"]],
        }
    )
    missing = size - len(attribute.dump())
    for length in range(missing):
        other = cms.CMSAttribute({"type": "1.2.3.4", "values": [core.OctetString(bytes(length))]})
        if len(other.dump()) == missing:
            return cms.CMSAttributes([attribute, other])
    raise AssertionError(size)


@pytest.mark.parametrize("size", [0x780, 0x781, 0x880])
def test_a_time_stamp_of_unlucky_size_is_not_encoded_anew(
    services: TrustServices, encoded_anew: list[object], size: int
) -> None:
    services.tsa("a")
    attributes = stamped_attributes(services, size)
    first = attributes.dump()
    assert first[-size - 2 : -size] == size.to_bytes(2, "big")
    assert attributes.dump() == first
    assert cms.CMSAttributes.load(first).dump() == first
    assert encoded_anew == []


def test_a_name_of_any_size_comes_out_as_it_was(encoded_anew: list[object]) -> None:
    for length in range(100, 140):
        name = x509.Name.build({"common_name": "n" * length, "country_name": "VN"})
        der = name.dump()
        assert x509.Name.load(der).dump() == der
        changed = x509.Name.load(der)
        assert changed.native["common_name"] == "n" * length
        assert changed.dump() == der
    assert encoded_anew == []


def test_what_was_changed_is_encoded_with_its_new_length() -> None:
    attribute = cms.CMSAttribute({"type": "1.2.3.4", "values": [core.OctetString(bytes(119))]})
    assert attribute.dump()[:3] == b"\x30\x81\x80"
    loaded = cms.CMSAttribute.load(attribute.dump())
    loaded["values"] = [core.OctetString(bytes(120))]
    assert loaded.dump()[:3] == b"\x30\x81\x81"
    loaded["values"] = [core.OctetString(bytes(119))]
    assert loaded.dump() == attribute.dump()


def test_indefinite_lengths_still_become_definite() -> None:
    indefinite = bytes.fromhex("3080 020101 0000".replace(" ", ""))
    assert core.SequenceOf.load(indefinite, spec=core.Integer).dump() == b"\x30\x03\x02\x01\x01"
    constructed = bytes.fromhex("2480 0402abcd 0401ef 0000".replace(" ", ""))
    assert core.OctetString.load(constructed).dump() == bytes.fromhex("0403abcdef")


@given(st.integers(0, 70_000), st.sampled_from([b"\x30", b"\xa0", b"\x7f\x81\x02", b"\x04"]))
def test_headers_are_told_apart(length: int, tag: bytes) -> None:
    if length < 0x80:
        octets = bytes([length])
    else:
        size = (length.bit_length() + 7) // 8
        octets = bytes([0x80 | size]) + length.to_bytes(size, "big")
    assert is_definite(tag + octets)
    assert is_definite(b"\xa0\x82\x01\x80" + tag + octets)
    assert not is_definite(b"\xa0\x80" + tag + octets)
    assert not is_definite(tag + b"\x80")
    assert not is_definite(tag + octets + b"\x30")
