"""Getting a time stamp over a root, from whatever authority; nothing unverified is handed on."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from asn1crypto import cms

from dossiers.errors import EvidenceStampFailed
from dossiers.settings import Settings
from signing.certificates import read_certificates
from signing.evidence import test_authority
from signing.evidence.record import token_facts
from signing.evidence.tokens import EvidenceOutcome, judge_token, read_certificate
from signing.revocation import StatusServices
from signing.timestamps import Authorities


class TimeStamper(Protocol):
    """What is asked of an authority's client: pyHanko's ``TimeStamper`` has it."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A time-stamp token (RFC 3161) over a hash; the nonce is the client's to check."""
        ...


@dataclass(frozen=True, slots=True)
class Authority:
    """A client, and the roots its time stamps lead to; ``test`` where they have no legal value."""

    client: TimeStamper
    trust_roots: tuple[Path, ...]
    test: bool


@dataclass(frozen=True, slots=True)
class Stamped:
    """A verified token over ``root``: made when, by whom, verifiable until when."""

    root: bytes
    token: bytes
    at: dt.datetime
    valid_until: dt.datetime
    authority: str


def open_authority(settings: Settings) -> Authority:
    """The authorities that stamp signatures too; a test authority only where none is set.

    Their budgets and breakers are those of signatures; they get as long as they take.

    Raises:
        KeyUnavailable: a root cannot be read.
    """
    stamps, roots = settings.timestamps, stamp_roots(settings)
    if not stamps.authorities:
        tester, root = test_authority.ensure(settings.pki_folder)
        return Authority(tester, tuple(dict.fromkeys((root, *roots))), test=True)
    status = StatusServices(settings.levels)
    client = Authorities(stamps, settings.timestamp_folder, read_certificates(roots), status)
    return Authority(client, roots, test=False)


def stamp_roots(settings: Settings) -> tuple[Path, ...]:
    """The roots trusted when verifying time stamps; making no authority where there is none."""
    stamps = settings.timestamps
    own = () if stamps.authorities else test_authority.roots(settings.pki_folder)
    return tuple(dict.fromkeys((*own, *stamps.trust_roots, *settings.signing.trust_roots)))


async def take_stamp(authority: Authority, root: bytes, algorithm: str) -> Stamped:
    """One time stamp over a root.

    Raises:
        EvidenceStampFailed: the authority gave none, or one that does not verify.
    """
    try:
        token = await authority.client.async_timestamp(root, algorithm)
        content = token.dump()
    except Exception as error:  # of the network, of the protocol, of a client not ours
        raise EvidenceStampFailed(detail=f"{type(error).__name__}: {error}") from error
    now = dt.datetime.now(dt.UTC)
    stamped = await asyncio.to_thread(
        check_stamp, authority.trust_roots, root, algorithm, content, now
    )
    # An authority's clock may be a little ahead of ours; a token of tomorrow is refused.
    if stamped.at > now + dt.timedelta(hours=1):
        raise EvidenceStampFailed(detail=f"made at {stamped.at.isoformat()}")
    return stamped


def check_stamp(
    trust_roots: Sequence[Path],
    root: bytes,
    algorithm: str,
    content: bytes,
    at: dt.datetime | None = None,
) -> Stamped:
    """Verify an encoded token over a root, as of a moment; as of its own by default.

    Raises:
        EvidenceStampFailed: it stamps something else, or its authority is not trusted.
    """
    try:
        facts = token_facts(content)
    except ValueError as error:
        raise EvidenceStampFailed(detail=str(error)) from error
    if facts.algorithm != algorithm or facts.imprint != root:
        raise EvidenceStampFailed(detail="the time stamp is over another hash")
    roots = [read_certificate(path) for path in trust_roots]
    verdict = judge_token(content, roots, max(at or facts.at, facts.at))
    if verdict.outcome is not EvidenceOutcome.VALID:
        detail = f"{verdict.outcome}: {verdict.detail}"
        if verdict.outcome is EvidenceOutcome.UNTRUSTED:
            detail += f"; {verdict.authority} does not lead to timestamps.trust_roots"
        raise EvidenceStampFailed(detail=detail)
    return Stamped(root, content, verdict.at, verdict.valid_until, verdict.authority)
