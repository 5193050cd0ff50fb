"""PAdES signatures (EN 319 142-1): one for each of a chain of signatories, as incremental updates.

Any pyHanko ``Signer`` can stand behind a signatory: it is given the bytes of the signed attributes and
gives back a signature. What comes on top of the signatures is added by :mod:`signing.augmentation`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.stamp import BaseStampStyle

from dossiers.clock import VIETNAM
from dossiers.dossier import SigningRole
from dossiers.errors import (
    DamagedFile,
    PasswordProtected,
    SignatureRejected,
)
from dossiers.settings import LevelSettings, TimestampSettings
from signing.admission import STUMBLES, admitted
from signing.appearance import Look
from signing.augmentation import Preservation, augment
from signing.certificates import read_certificates
from signing.fonts import stamp_font
from signing.keys import Signatories, Signatory
from signing.levels import Level
from signing.revocation import StatusServices, check_may_sign
from signing.timestamps import Authorities, Fitting, IfReachable

FIELDS = {
    SigningRole.OFFICER: "SohoaCanBo",
    SigningRole.AUTHORITY: "SohoaThamQuyen",
    SigningRole.AGENCY: "SohoaCoQuan",
}
OWN = frozenset(FIELDS.values())

# Signed attributes and the frame around them, in bytes, without names and signature; more than enough.
# Sparing pyHanko its estimate saves a second CMS build, and a token, for every signature; and what is
# not kept free need not be written, hashed and read.
_ATTRIBUTES = 768

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningReport:
    """What was signed: names on the certificates in signing order, when, and the result.

    ``level`` is what the file was validated to have; where that is less than was ``wanted``,
    ``shortfall`` tells why (the code of an error, ``why`` its detail) and the rest can be added later
    without a key.
    ``protected_until`` is when the first certificate runs out that the level rests on,
    ``protected_since`` when the newest time stamp over all signatures was made.
    """

    level: Level
    signers: tuple[str, ...]
    signed_at: dt.datetime
    sha256: str
    size: int
    wanted: Level = Level.B_B
    shortfall: str | None = None
    protected_until: dt.datetime | None = None
    protected_since: dt.datetime | None = None
    why: str | None = None


def sign_copy(
    source: Path,
    out: Path,
    signatories: Signatories,
    appearance: Look,
    cache: Path,
    *,
    document_type: str | None = None,
    level: Level = Level.B_B,
    preservation: Preservation | None = None,
    max_bytes: int = LevelSettings().max_bytes,
    countersign: bool = False,
) -> SigningReport:
    """Sign: all of the chain in order, the last two as ``appearance`` shows them.

    The first signature certifies the document and allows further signatures only (DocMDP P=2,
    ISO 32000-1, 12.8.2.2). Then the file is raised to the level wanted, or as near to it as the
    services allow now, and the result is validated. ``out`` appears whole or not at all, and what
    was there before stays until then.

    Args:
        source: a PDF; not changed.
        out: where the signed PDF goes.
        signatories: who signs.
        appearance: what is seen, and where.
        cache: folder for the font made from the system's.
        document_type: code of the type, where types have chains of their own.
        level: the level wanted.
        preservation: needed for levels above B-B.
        max_bytes: larger files are refused.
        countersign: the source is signed already, so that ours may not be a certifying signature; the
            level is that of ours.

    Raises:
        CannotBeSigned, DamagedFile, PasswordProtected: not a PDF that can be signed.
        CertificateRevoked, ChainIncomplete, KeyUnavailable: a certificate may not sign, or nobody
            is set for a role of the chain.
        ClockWrong: our clock is not that of the time-stamp authorities.
        FontMissing: the font for the text is not installed.
        NoRoomForSignature: no page or place for what should be seen.
        SignatureRejected: signing failed, or the result does not validate.
    """
    content = admitted(source, max_bytes)
    services = preservation or _without_timestamps(signatories)
    chain = signatories.signing(document_type)
    for _, signatory in chain:
        _check(signatory, services)
    try:
        laid = appearance.lay_out(content, stamp_font(cache), source.name)
        marks = laid.along(len(chain))
    except pikepdf.PasswordError as error:
        raise PasswordProtected(file=source.name) from error
    except (pikepdf.PdfError, pdfium.PdfiumError) as error:
        raise DamagedFile(file=source.name, detail=str(error)) from error
    # The certifying signature allows fields to be signed, not added: those of the others come first.
    fields = [mark.field(FIELDS[role]) for (role, _), mark in zip(chain, marks, strict=True)]
    stamper = None
    if level is not Level.B_B and services.in_signatures:
        stamper = IfReachable(services.authorities)
    for step, (role, signatory) in enumerate(chain):
        content = _signed(
            content,
            source.name,
            signatory,
            _metadata(FIELDS[role], signatory, certify=step == 0 and not countersign),
            appearance.at,
            prepared=fields if step == 0 else [],
            stamp=marks[step].style,
            stamper=stamper,
        )
    reached = Level.B_T if stamper is not None and stamper.failure is None else Level.B_B
    only = [FIELDS[role] for role, _ in chain] if countersign else None
    made = augment(content, source.name, level, services, current=reached, only=only)
    write_whole(out, made.content)
    return SigningReport(
        made.found.level,
        tuple(signatory.name for _, signatory in chain),
        appearance.at,
        hashlib.sha256(made.content).hexdigest(),
        len(made.content),
        level,
        made.shortfall.code if made.shortfall else None,
        made.found.protected_until,
        made.found.protected_since,
        str(made.shortfall.context.get("detail", "")) if made.shortfall else None,
    )


def _without_timestamps(signatories: Signatories) -> Preservation:
    roots = read_certificates(signatories.trust_roots)
    status = StatusServices(LevelSettings())
    nobody = Authorities(TimestampSettings(), Path(), roots, status)
    return Preservation(nobody, status, roots, in_signatures=False)


def _check(signatory: Signatory, services: Preservation) -> None:
    certificate = signatory.signer.signing_cert
    if certificate is None or services.status.is_cleared(certificate):
        return
    others = list(signatory.signer.cert_registry)
    asyncio.run(check_may_sign(certificate, others, services.roots, services.status))


class _TimedSigner(PdfSigner):
    """Claims the moment it is told, in Vietnam's time zone, whatever the machine's."""

    def __init__(
        self,
        metadata: PdfSignatureMetadata,
        signatory: Signatory,
        at: dt.datetime,
        stamp: BaseStampStyle | None,
        stamper: Fitting | None,
    ) -> None:
        super().__init__(metadata, signatory.signer, timestamper=stamper, stamp_style=stamp)
        self._at = at.astimezone(VIETNAM)

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        """A session with our clock."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session


def _metadata(field: str, signatory: Signatory, *, certify: bool = False) -> PdfSignatureMetadata:
    return PdfSignatureMetadata(
        field_name=field,
        md_algorithm=signatory.digest,
        subfilter=SigSeedSubFilter.PADES,
        certify=certify,
        docmdp_permissions=MDPPerm.FILL_FORMS,
        name=signatory.name,
    )


def _signed(
    content: bytes,
    name: str,
    signatory: Signatory,
    metadata: PdfSignatureMetadata,
    at: dt.datetime,
    *,
    prepared: Sequence[SigFieldSpec] = (),
    stamp: BaseStampStyle | None = None,
    stamper: Fitting | None = None,
) -> bytes:
    """One signature more; ``prepared`` are empty fields added before, for it and later ones."""
    try:
        writer = IncrementalPdfFileWriter(BytesIO(content))
        if writer.prev.encrypted:
            raise PasswordProtected(file=name)
        for field in prepared:
            append_signature_field(writer, field)
        output = BytesIO()
        signer = _TimedSigner(metadata, signatory, at, stamp, stamper)
        room = _room(signatory, stamper)
        signer.sign_pdf(writer, bytes_reserved=room, output=output)
    except SigningError as error:
        raise SignatureRejected(file=name, detail=str(error)) from error
    except PdfError as error:
        raise DamagedFile(file=name, detail=str(error)) from error
    except STUMBLES as error:
        log.exception("%s cannot be signed", name)
        raise DamagedFile(file=name, detail=f"{type(error).__name__}: {error}") from error
    return output.getvalue()


def _room(signatory: Signatory, stamper: Fitting | None) -> int:
    """Hexadecimal digits to keep free for a signature."""
    certificate = signatory.signer.signing_cert
    inside = {one.dump() for one in (certificate, *signatory.signer.cert_registry) if one}
    size = _ATTRIBUTES + sum(map(len, inside))
    if certificate is not None:
        size += 2 * len(certificate.issuer.dump()) + _longest_signature(certificate)
    return 2 * (size if stamper is None else size + stamper.room)


def _longest_signature(certificate: x509.Certificate) -> int:
    """Bytes of a signature with a certificate's key, with those of its encoding."""
    key = certificate.public_key
    # A modulus is as long as a signature, a point half as long as the two numbers of one.
    length = len(key["public_key"].contents)
    return length if key.algorithm == "rsa" else 2 * length + 16


def write_whole(out: Path, content: bytes) -> None:
    """Atomically: a temporary file beside the target, on the disk before it gets its name."""
    partial = out.with_name(f".{out.name}.{secrets.token_hex(6)}")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
