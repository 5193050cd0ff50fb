"""PAdES signatures (EN 319 142-1): the officer's, then the agency's seal, as incremental updates."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.stamp import TextStampStyle

from dossiers.clock import VIETNAM
from dossiers.errors import DamagedFile, PasswordProtected, SignatureRejected
from signing.appearance import Appearance, place, style_of
from signing.fonts import stamp_font
from signing.keys import Signatories, Signatory

OFFICER_FIELD = "SohoaCanBo"
AGENCY_FIELD = "SohoaCoQuan"

# Certificates, attributes and a 4096-bit signature, in hexadecimal, with room to spare; sparing
# pyHanko its estimate saves a second CMS build for every signature.
_RESERVED = 24_576


class Level(StrEnum):
    """Baseline levels of EN 319 142-1. Only B-B is made so far; the others need a time stamp."""

    B_B = "B-B"


@dataclass(frozen=True, slots=True)
class SigningReport:
    """What was signed: level, names on the certificates in signing order, when, and the result."""

    level: Level
    signers: tuple[str, ...]
    signed_at: dt.datetime
    sha256: str
    size: int


def sign_copy(
    source: Path,
    out: Path,
    signatories: Signatories,
    appearance: Appearance,
    cache: Path,
    *,
    countersign: bool = False,
) -> SigningReport:
    """Sign a digitised copy: the officer invisibly, the agency with the visible text.

    The first signature certifies the document and allows further signatures only (DocMDP P=2,
    ISO 32000-1, 12.8.2.2). ``out`` appears whole or not at all.

    Args:
        source: a PDF; not changed.
        out: where the signed PDF goes.
        signatories: who signs.
        appearance: the visible text.
        cache: folder for the font made from the system's.
        countersign: the source is signed already, so that ours may not be a certifying signature.

    Raises:
        DamagedFile, PasswordProtected: not a PDF that can be signed.
        FontMissing: the font for the text is not installed.
        SignatureRejected: signing failed.
    """
    content = source.read_bytes()
    font_file = stamp_font(cache)
    font = TTFont(font_file)
    lines = appearance.lines(font)
    try:
        placement = place(content, lines, font)
    except pikepdf.PasswordError as error:
        raise PasswordProtected(file=source.name) from error
    except (pikepdf.PdfError, pdfium.PdfiumError) as error:
        raise DamagedFile(file=source.name, detail=str(error)) from error
    # The certifying signature allows fields to be signed, not added: the seal's field comes first.
    seal_field = SigFieldSpec(
        AGENCY_FIELD, on_page=0, box=placement.rectangle, empty_field_appearance=True
    )
    first = _signed(
        content,
        source.name,
        signatories.officer,
        _metadata(OFFICER_FIELD, signatories.officer, certify=not countersign),
        appearance.at,
        prepared=seal_field,
        new=SigFieldSpec(OFFICER_FIELD, on_page=0),
    )
    second = _signed(
        first,
        source.name,
        signatories.agency,
        _metadata(AGENCY_FIELD, signatories.agency),
        appearance.at,
        stamp=style_of(lines, font_file, placement),
    )
    _write(out, second)
    return SigningReport(
        Level.B_B,
        (signatories.officer.name, signatories.agency.name),
        appearance.at,
        hashlib.sha256(second).hexdigest(),
        len(second),
    )


class _TimedSigner(PdfSigner):
    """Claims the moment it is told, in Vietnam's time zone, whatever the machine's."""

    def __init__(
        self,
        metadata: PdfSignatureMetadata,
        signatory: Signatory,
        at: dt.datetime,
        stamp: TextStampStyle | None,
        field: SigFieldSpec | None,
    ) -> None:
        super().__init__(metadata, signatory.signer, stamp_style=stamp, new_field_spec=field)
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
        md_algorithm="sha256",
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
    prepared: SigFieldSpec | None = None,
    new: SigFieldSpec | None = None,
    stamp: TextStampStyle | None = None,
) -> bytes:
    """One signature more; ``prepared`` is an empty field added before, for a later signature."""
    try:
        writer = IncrementalPdfFileWriter(BytesIO(content))
        if writer.prev.encrypted:
            raise PasswordProtected(file=name)
        if prepared is not None:
            append_signature_field(writer, prepared)
        output = BytesIO()
        signer = _TimedSigner(metadata, signatory, at, stamp, new)
        signer.sign_pdf(writer, bytes_reserved=_RESERVED, output=output)
    except SigningError as error:
        raise SignatureRejected(file=name, detail=str(error)) from error
    except PdfError as error:
        raise DamagedFile(file=name, detail=str(error)) from error
    return output.getvalue()


def _write(out: Path, content: bytes) -> None:
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
