"""Numbers and days that signing software set into the empty frames of a born-digital paper.

They are the appearances of signature fields (ISO 32000-1, 12.7.4.5): no part of the page's own
content, and so of no text read from it. Where one covers an empty slot, what it says is its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium

from dossiers.reading import Candidate, PageReading, Slot
from extractors.handwriting.reading import value_of

SOURCE = "signature"
"""The source of candidates found here."""

_SURE = 0.97
_FIGURES = re.compile(r"\d+")
# The rectangles of such fields stand a little higher or lower than the line.
_ABOVE, _BELOW = 6.0, 4.0


def with_widgets(page: PageReading, path: Path) -> PageReading:
    """The page with its empty slots filled in from signature fields that cover them."""
    if not any(slot.empty for slot in page.slots) or page.rotation:
        return page
    try:
        with pdfium.PdfDocument(path) as document:
            document.init_forms()
            own = document[page.number - 1]
            if document.formenv is None or own.get_rotation():
                return page
            # Annotations become content, in memory only.
            own.flatten()
            own.close()
            return replace(page, slots=tuple(_filled(document[page.number - 1], page.slots)))
    except pdfium.PdfiumError:
        return page  # The page was read by other means; it has no more to say.


def _filled(own: pdfium.PdfPage, slots: Sequence[Slot]) -> Iterator[Slot]:
    left, _, _, top = own.get_cropbox()
    text = own.get_textpage()
    for slot in slots:
        box = slot.box
        said = text.get_text_bounded(
            left + box.x0, top - box.y1 - _BELOW, left + box.x1, top - box.y0 + _ABOVE
        )
        # Ends of the printed words on either side may be in it; figures are not among them.
        figures = _FIGURES.findall(said)
        value = value_of(slot.kind, figures[0]) if slot.empty and len(figures) == 1 else None
        yield (
            replace(slot, empty=False, candidates=(Candidate(value, _SURE, SOURCE),))
            if value
            else slot
        )
