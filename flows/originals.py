"""What may be certified: an original whose signatures, if it has any, are whole; never a copy.

An unsigned scan of paper is the normal case. A file that comes signed is an electronic original: it
is judged before a number is taken, as strictly as a paper that comes with a dossier.
"""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pypdfium2 as pdfium

from copies.payload import read_payload
from dossiers.dossier import FormOfCopy
from dossiers.errors import (
    CopyOfACopy,
    DamagedFile,
    Language,
    NotFound,
    SignerUnknown,
    UnsoundOriginal,
)
from dossiers.text import fold
from extractors.sources import Kind, inspect, sniff
from flows.services import Services
from flows.verdicts import BROKEN, why
from signing.admission import STUMBLES
from signing.pades import FIELDS
from signing.page_space import rectangle_of
from signing.validation import Outcome, VerificationReport

_MARGIN = 2.0  # points around a signature's rectangle in which its text is looked for


def judge_original(services: Services, source: Path) -> VerificationReport | None:
    """Refuse what must not be certified; the verdict on the signatures, None where there are none.

    Raises:
        CopyOfACopy: an electronic copy that we made ourselves (NĐ 23/2015/NĐ-CP, Điều 2).
        UnsoundOriginal: a signature in it is broken, or cannot be examined.
        SignerUnknown: its signer's certificate leads to no trusted authority.
        DamagedFile: a PDF that cannot be read.
    """
    if sniff(source) is not Kind.PDF:
        return None
    signed = inspect(source, services.settings.intake, decode=False).signed
    report = services.judge(source)
    if not signed and not report.signatures:
        _refuse_own_payload(source)
        return None
    if report.outcome in BROKEN or (report.outcome is Outcome.INDETERMINATE and not _known(report)):
        raise UnsoundOriginal(
            file=source.name,
            detail=why(report, Language.VIETNAMESE),
            en=why(report, Language.ENGLISH),
        )
    _refuse_own_payload(source)
    _refuse_own_text(source)
    strangers = [s.signer for s in report.signatures if s.outcome is Outcome.UNTRUSTED_CA]
    if strangers:
        raise SignerUnknown(file=source.name, signer=", ".join(strangers))
    return report if report.signatures else None


def _known(report: VerificationReport) -> bool:
    """Whether every signature was read and found to cover its content."""
    return bool(report.signatures) and all(s.intact for s in report.signatures)


def _refuse_own_payload(source: Path) -> None:
    """What carries our data is a copy that we made, whatever became of its signatures."""
    try:
        held = read_payload(source)
    except NotFound:
        return
    document = held.get("document")
    form = document.get("form") if isinstance(document, dict) else None
    raise CopyOfACopy(file=source.name, form=form or "?")


def _refuse_own_text(source: Path) -> None:
    """A signed original that we have countersigned says in our signature that it is a copy."""
    try:
        said = _said_by_us(source)
    except (pikepdf.PdfError, pdfium.PdfiumError, *STUMBLES) as error:
        raise DamagedFile(file=source.name, detail=f"{type(error).__name__}: {error}") from error
    for form in FormOfCopy:
        if any(fold(form.value) in fold(text) for text in said):
            raise CopyOfACopy(file=source.name, form=form.value)


def _said_by_us(source: Path) -> list[str]:
    """What is seen of our signatures on the first page, as text."""
    with pikepdf.open(source) as pdf:
        boxes = [
            rectangle_of(widget.Rect)
            for widget in pdf.pages[0].obj.get("/Annots", pikepdf.Array())
            if isinstance(widget, pikepdf.Dictionary)
            and "/Rect" in widget
            and str(widget.get("/T", "")) in FIELDS.values()
        ]
    if not boxes:
        return []
    with pdfium.PdfDocument(source) as document:
        document.init_forms()
        page = document[0]
        page.flatten()  # in memory: what annotations show becomes text of the page
        page.close()
        text = document[0].get_textpage()
        return [
            text.get_text_bounded(x0 - _MARGIN, y0 - _MARGIN, x1 + _MARGIN, y1 + _MARGIN)
            for x0, y0, x1, y1 in boxes
        ]
