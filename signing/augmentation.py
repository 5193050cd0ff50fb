"""From B-B upwards (EN 319 142-1): time stamps and revocation data added to a signed file.

Every step is an incremental update behind the signatures, so it can be done at once or years later,
by anyone, without a key. A signature that got no time stamp when it was made gets one afterwards as a
document time stamp, which serves all signatures of the file.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError, PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from dossiers.errors import (
    DamagedFile,
    RevocationUnavailable,
    SignatureRejected,
    SohoaError,
    TimestampUnavailable,
)
from dossiers.settings import Settings
from signing.admission import STUMBLES
from signing.certificates import path_to_root, read_certificates
from signing.levels import Level, LevelFound, Wanting, judge_level, wanting
from signing.revocation import Material, StatusServices
from signing.timestamps import Authorities, Fitting

log = logging.getLogger(__name__)

_DIGEST = "sha256"
_FIELD = "SohoaDauThoiGian"


@dataclass(frozen=True, slots=True)
class Preservation:
    """What levels above B-B are made with: authorities, status services, and whom we trust.

    ``in_signatures``: each signature gets a time stamp of its own while it is made, if there is one
    to be had; the form that most validators look for.
    """

    authorities: Authorities
    status: StatusServices
    roots: tuple[x509.Certificate, ...]
    in_signatures: bool = True


@dataclass(frozen=True, slots=True)
class Augmented:
    """A file at the level it was found to have, and what kept it from the level wanted."""

    content: bytes
    found: LevelFound
    shortfall: SohoaError | None


def open_preservation(
    settings: Settings, roots: Sequence[x509.Certificate], *, patient: bool
) -> Preservation:
    """The services of the settings.

    Args:
        settings: ``[levels]`` and ``[timestamps]``.
        roots: those of the signers; those of the time-stamp authorities are added.
        patient: wait as long as authorities may take, rather than ``timestamps.patience_seconds``.

    Raises:
        KeyUnavailable: a root cannot be read.
    """
    stamps = settings.timestamps
    trusted = (*roots, *read_certificates(stamps.trust_roots))
    patience = None if patient else stamps.patience_seconds
    status = StatusServices(settings.levels)
    authorities = Authorities(stamps, settings.timestamp_folder, trusted, status, patience)
    return Preservation(authorities, status, trusted, in_signatures=stamps.in_signatures)


def augment(
    content: bytes,
    name: str,
    target: Level,
    preservation: Preservation,
    current: Level | None = None,
    *,
    only: Collection[str] | None = None,
) -> Augmented:
    """Raise a signed file towards a level, as far as the services allow now, and judge the result.

    Args:
        content: a signed PDF.
        name: for messages.
        target: the level wanted; a file that has it is given back as it is.
        preservation: the services.
        current: its level if that is known; judged otherwise.
        only: the fields of the signatures that are raised and judged; all by default.

    Raises:
        SignatureRejected: the file, or what became of it, does not validate.
        ClockWrong: our clock is not that of the authorities.
        CertificateRevoked: a signer was revoked before the first time stamp.
        DamagedFile: not a PDF that can be updated.
    """
    current = current or judge_level(content, name, preservation.roots, only=only).level
    shortfall: SohoaError | None = None
    raised = content
    if target.rank > current.rank:
        try:
            raised, shortfall = asyncio.run(_raise(content, current, target, preservation, only))
        except PdfError as error:
            raise DamagedFile(file=name, detail=str(error)) from error
    found = judge_level(raised, name, preservation.roots, only=only)
    if found.level.rank < target.rank and shortfall is None:
        shortfall = SignatureRejected(file=name, detail=found.why_not_more or "level not reached")
    return Augmented(raised, found, shortfall)


def renew(
    content: bytes,
    name: str,
    preservation: Preservation,
    *,
    only: Collection[str] | None = None,
) -> Augmented:
    """One archive time stamp more, with the revocation data of the one before (EN 319 142-1, 5.5).

    With ``only`` the signatures in these fields are judged, before and after.

    Raises:
        TimestampUnavailable, RevocationUnavailable: not now; the file still stands as it is.
        SignatureRejected: the file is not at B-LTA, or what became of it does not validate.
        ClockWrong, DamagedFile: as in :func:`augment`.
    """
    before = judge_level(content, name, preservation.roots, only=only)
    if before.level is not Level.B_LTA:
        raise SignatureRejected(file=name, detail=f"{before.level}: {before.why_not_more}")
    try:
        renewed = asyncio.run(_renewed(content, preservation, only))
    except PdfError as error:
        raise DamagedFile(file=name, detail=str(error)) from error
    found = judge_level(renewed, name, preservation.roots, only=only)
    if found.level is not Level.B_LTA:
        raise SignatureRejected(file=name, detail=found.why_not_more or "level lost")
    return Augmented(renewed, found, None)


async def _raise(
    content: bytes,
    current: Level,
    target: Level,
    preservation: Preservation,
    only: Collection[str] | None,
) -> tuple[bytes, SohoaError | None]:
    """Rung by rung; what is not to be had now ends the climb."""
    try:
        if current is Level.B_B:
            content = await _stamped(content, preservation, Material())
            current = Level.B_T
        if target is Level.B_T:
            return content, None
        material = Material()
        if current is Level.B_T:
            material = await _material(content, preservation, only)
        if target is Level.B_LTA:
            try:
                return await _stamped(content, preservation, material), None
            except TimestampUnavailable as error:
                return _stored(content, material), error
        return _stored(content, material), None
    except (TimestampUnavailable, RevocationUnavailable) as error:
        return content, error


async def _renewed(
    content: bytes, preservation: Preservation, only: Collection[str] | None
) -> bytes:
    """The newest time stamp's own status, then a time stamp over it."""
    reader = PdfFileReader(BytesIO(content))
    newest = wanting(reader, dt.datetime.now(dt.UTC), only)[-1:]
    return await _stamped(content, preservation, await _status_of(newest, preservation))


async def _material(
    content: bytes, preservation: Preservation, only: Collection[str] | None
) -> Material:
    reader = PdfFileReader(BytesIO(content))
    return await _status_of(wanting(reader, dt.datetime.now(dt.UTC), only), preservation)


async def _status_of(wanted: Iterable[Wanting], preservation: Preservation) -> Material:
    found = Material()
    for one in wanted:
        path = await path_to_root(one.certificate, one.others, preservation.roots, one.moment)
        found += await preservation.status.material(path)
    return found


async def _stamped(content: bytes, preservation: Preservation, material: Material) -> bytes:
    """One revision more: the material, and a time stamp over everything."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    number = 1 + len(writer.prev.embedded_timestamp_signatures)
    if material.certificates:
        _supply(writer, material)
    output = BytesIO()
    fitting = Fitting(preservation.authorities)
    stamper = PdfTimeStamper(fitting, field_name=f"{_FIELD}{number}")
    # In hexadecimal digits; said beforehand, it saves a token spent on an estimate.
    room = 2 * fitting.room
    await stamper.async_timestamp_pdf(writer, _DIGEST, bytes_reserved=room, output=output)
    return output.getvalue()


def _stored(content: bytes, material: Material) -> bytes:
    """One revision more: the material."""
    if not material.certificates:
        return content
    writer = IncrementalPdfFileWriter(BytesIO(content))
    _supply(writer, material)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _supply(writer: IncrementalPdfFileWriter, material: Material) -> None:
    """Into the document security store; without VRI, which validators need not look at."""
    try:
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=material.certificates,
            ocsps=material.ocsps,
            crls=material.crls,
        )
    except STUMBLES as error:  # over a store that others left
        detail = f"document security store: {type(error).__name__}: {error}"
        raise PdfReadError(detail) from error
