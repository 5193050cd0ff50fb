"""An evidence record: made for one object, renewed by time stamp or by hash tree, written and read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms, tsp

from dossiers.errors import InvalidEvidence
from signing.evidence import syntax
from signing.evidence.hash_tree import ALGORITHMS, ReducedTree, digest

# Fifty renewals of a time stamp of 20 kB are a megabyte: what is larger is an attack.
_MOST_BYTES = 16 * 1024 * 1024
_MOST_TIME_STAMPS = 1_000


@dataclass(frozen=True, slots=True)
class ArchiveTimeStamp:
    """A time stamp in a record: hash algorithm, path to the stamped root, encoded token (RFC 3161).

    ``encoded`` is the whole as it stands in the record: later chains hash it as it came.
    """

    algorithm: str
    reduced: ReducedTree
    token: bytes
    encoded: bytes

    @classmethod
    def made(cls, algorithm: str, reduced: ReducedTree, token: bytes) -> ArchiveTimeStamp:
        """A new one, encoded in DER."""
        encoded = syntax.encode_time_stamp(algorithm, reduced, token)
        return cls(algorithm, reduced, token, encoded)

    def token_hash(self) -> bytes:
        """What a renewal has to cover (RFC 4998, 5.2)."""
        return digest(self.token, self.algorithm)


Chain = tuple[ArchiveTimeStamp, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """The chains of one object's record, oldest first (RFC 4998, 3.1); none is empty."""

    chains: tuple[Chain, ...]

    @classmethod
    def begun(cls, first: ArchiveTimeStamp) -> EvidenceRecord:
        """The record of an object that has its first time stamp."""
        return cls(((first,),))

    def renewed(self, stamp: ArchiveTimeStamp) -> EvidenceRecord:
        """With a time stamp over the last one (RFC 4998, 5.2): what it covers is :meth:`renewal_hash`.

        Raises:
            ValueError: another hash algorithm than the chain's, which the RFC forbids.
        """
        if stamp.algorithm != self.algorithm:
            raise ValueError("a chain keeps its hash algorithm; renew the hash tree instead")
        return EvidenceRecord((*self.chains[:-1], (*self.chains[-1], stamp)))

    def rehashed(self, stamp: ArchiveTimeStamp) -> EvidenceRecord:
        """With a new chain (RFC 4998, 5.3): what its time stamp covers is :meth:`rehash`."""
        return EvidenceRecord((*self.chains, (stamp,)))

    @property
    def algorithm(self) -> str:
        """The hash algorithm of the newest chain."""
        return self.chains[-1][0].algorithm

    @property
    def last(self) -> ArchiveTimeStamp:
        """The newest time stamp: the one that has to be valid today."""
        return self.chains[-1][-1]

    def renewal_hash(self) -> bytes:
        """What the next time stamp of the chain has to cover: the hash of the newest token."""
        return self.last.token_hash()

    def rehash(self, object_hash: bytes, algorithm: str) -> bytes:
        """What the first time stamp of a new chain has to cover (RFC 4998, 5.3, steps 2 to 4).

        Args:
            object_hash: of the object itself, by the new ``algorithm``.
            algorithm: of the new chain.
        """
        return rehash(self.chains, object_hash, algorithm)

    def dump(self) -> bytes:
        """DER of the ``EvidenceRecord``."""
        used = dict.fromkeys(stamp.algorithm for chain in self.chains for stamp in chain)
        return syntax.encode_sequence(
            [
                b"\x02\x01\x01",  # INTEGER 1
                syntax.encode_sequence(syntax.algorithm_der(name) for name in used),
                encoded_chains(self.chains),
            ]
        )

    @classmethod
    def load(cls, content: bytes, name: str = "record") -> EvidenceRecord:
        """A record from its encoding; the encodings of tokens are kept as they came.

        Args:
            content: DER or BER.
            name: of the file, for the error.

        Raises:
            InvalidEvidence: not an evidence record, or one that rests on what is not understood
                (encrypted objects, hash algorithms no longer held safe).
        """
        if len(content) > _MOST_BYTES:
            raise InvalidEvidence(file=name, detail=f"{len(content)} bytes")
        try:
            parsed = syntax.EvidenceRecordSyntax.load(content, strict=True)
            version, encrypted = parsed["version"].native, parsed["encryption_info"].native
            sequence = parsed["archive_time_stamp_sequence"]
            many = sum(len(chain) for chain in sequence) > _MOST_TIME_STAMPS
            parts = () if many else sequence
            chains = tuple(tuple(_time_stamp(stamp) for stamp in chain) for chain in parts)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InvalidEvidence(file=name, detail=f"not RFC 4998: {error}") from error
        if version != 1 or encrypted is not None:
            raise InvalidEvidence(file=name, detail="version or encryption that is not supported")
        if not chains or not all(chains):
            detail = "too many time stamps" if many else "no time stamp inside"
            raise InvalidEvidence(file=name, detail=detail)
        for chain in chains:
            algorithms = {stamp.algorithm for stamp in chain}
            if len(algorithms) > 1 or not algorithms <= set(ALGORITHMS):
                detail = f"hash algorithms {', '.join(sorted(algorithms))}"
                raise InvalidEvidence(file=name, detail=detail)
        return cls(chains)


def encoded_chains(chains: Sequence[Chain]) -> bytes:
    """DER of the ``ArchiveTimeStampSequence``."""
    return syntax.encode_sequence(
        syntax.encode_sequence(stamp.encoded for stamp in chain) for chain in chains
    )


def rehash(chains: Sequence[Chain], object_hash: bytes, algorithm: str) -> bytes:
    """``H(h(i) + ha(i))`` of RFC 4998, 5.3: the object's new hash bound to all evidence so far."""
    return digest(object_hash + digest(encoded_chains(chains), algorithm), algorithm)


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a time-stamp token says: when it was made, and over which hash."""

    at: dt.datetime
    algorithm: str
    imprint: bytes


def token_facts(token: bytes) -> TokenFacts:
    """What an encoded token says; not whether it is true.

    Raises:
        ValueError: not a time-stamp token (RFC 3161, 2.4.2).
    """
    try:
        parsed = cms.ContentInfo.load(token, strict=True)
        if parsed["content_type"].native != "signed_data":
            raise ValueError("not signed data")
        info = parsed["content"]["encap_content_info"]["content"].parsed
        if not isinstance(info, tsp.TSTInfo):
            raise ValueError("not a time-stamp token")  # noqa: TRY004 - its content, not a type
        imprint, at = info["message_imprint"], info["gen_time"].native
        if at.tzinfo is None:
            raise ValueError("a time without zone")
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        return TokenFacts(at, algorithm, imprint["hashed_message"].native)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a time-stamp token: {error}") from error


def _time_stamp(parsed: syntax.ArchiveTimeStamp) -> ArchiveTimeStamp:
    token = parsed["time_stamp"].dump()
    facts = token_facts(token)
    # Where the record names none, it is the token's (RFC 4998, 4.1).
    stated = parsed["digest_algorithm"].native
    algorithm = stated["algorithm"] if stated else facts.algorithm
    reduced = tuple(tuple(values) for values in parsed["reduced_hashtree"].native or ())
    if not all(reduced):
        raise ValueError("an empty list of hashes")
    return ArchiveTimeStamp(algorithm, reduced, token, parsed.dump())
