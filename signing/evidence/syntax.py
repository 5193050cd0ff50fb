"""The ASN.1 of RFC 4998, appendix A (implicit tags), and a quick encoder of its time-stamp chains.

The encoder exists because renewing hash trees hashes the encoded chains of every single object
(RFC 4998, 5.3, step 3): a million encodings, which asn1crypto's object model makes in minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from asn1crypto import algos, cms, core

from signing.evidence.hash_tree import ReducedTree


class PartialHashtree(core.SequenceOf):  # type: ignore[misc]
    """``SEQUENCE OF OCTET STRING``: hashes under one node."""

    _child_spec = core.OctetString


class ReducedHashtree(core.SequenceOf):  # type: ignore[misc]
    """``SEQUENCE OF PartialHashtree``: from the object's list up to the root."""

    _child_spec = PartialHashtree


class Attributes(core.SetOf):  # type: ignore[misc]
    """``SET SIZE (1..MAX) OF Attribute``."""

    _child_spec = cms.CMSAttribute


class DigestAlgorithms(core.SequenceOf):  # type: ignore[misc]
    """``SEQUENCE OF AlgorithmIdentifier``; CMS has a set under this name."""

    _child_spec = algos.DigestAlgorithm


class CryptoInfos(core.SequenceOf):  # type: ignore[misc]
    """``SEQUENCE SIZE (1..MAX) OF Attribute``: certificates, revocation lists, policies."""

    _child_spec = cms.CMSAttribute


class EncryptionInfo(core.Sequence):  # type: ignore[misc]
    """How the objects were encrypted when their hashes were taken (RFC 4998, 6)."""

    _fields = [  # noqa: RUF012 - asn1crypto's way
        ("encryption_info_type", core.ObjectIdentifier),
        ("encryption_info_value", core.Any),
    ]


class ArchiveTimeStamp(core.Sequence):  # type: ignore[misc]
    """A time stamp and the path from what it covers to what it stamps (RFC 4998, 4.1)."""

    _fields = [  # noqa: RUF012
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", Attributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", ReducedHashtree, {"implicit": 2, "optional": True}),
        ("time_stamp", cms.ContentInfo),
    ]


class ArchiveTimeStampChain(core.SequenceOf):  # type: ignore[misc]
    """Time stamps by one hash algorithm, oldest first, each over the one before."""

    _child_spec = ArchiveTimeStamp


class ArchiveTimeStampSequence(core.SequenceOf):  # type: ignore[misc]
    """Chains, oldest first; a new one begins with a new hash algorithm."""

    _child_spec = ArchiveTimeStampChain


class EvidenceRecordSyntax(core.Sequence):  # type: ignore[misc]
    """``EvidenceRecord`` (RFC 4998, 3.1)."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("digest_algorithms", DigestAlgorithms),
        ("crypto_infos", CryptoInfos, {"implicit": 0, "optional": True}),
        ("encryption_info", EncryptionInfo, {"implicit": 1, "optional": True}),
        ("archive_time_stamp_sequence", ArchiveTimeStampSequence),
    ]


_SEQUENCE, _OCTETS, _CONTEXT_0, _CONTEXT_2 = b"\x30", b"\x04", b"\xa0", b"\xa2"


def _tlv(tag: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return tag + bytes((length,)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return tag + bytes((0x80 | len(size),)) + size + content


@cache
def algorithm_der(algorithm: str) -> bytes:
    """``AlgorithmIdentifier`` without parameters (RFC 5754, 2)."""
    return _tlv(_SEQUENCE, core.ObjectIdentifier(algos.DigestAlgorithmId.unmap(algorithm)).dump())


def encode_time_stamp(algorithm: str, reduced: ReducedTree, token: bytes) -> bytes:
    """DER of an ``ArchiveTimeStamp`` around an encoded time-stamp token."""
    own = _CONTEXT_0 + algorithm_der(algorithm)[1:]
    if not reduced:
        return _tlv(_SEQUENCE, own, token)
    lists = (_tlv(_SEQUENCE, *(_tlv(_OCTETS, value) for value in values)) for values in reduced)
    return _tlv(_SEQUENCE, own, _tlv(_CONTEXT_2, *lists), token)


def encode_sequence(encoded: Iterable[bytes]) -> bytes:
    """DER of a ``SEQUENCE OF`` what is already encoded."""
    return _tlv(_SEQUENCE, *encoded)
