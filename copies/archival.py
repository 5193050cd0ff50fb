"""Making the archival copy of one document: PDF/A-3, level U wherever every page allows it.

The scan's pixels are evidence: their compressed streams are kept, pages are turned by ``/Rotate``,
and what had to be encoded again is reported. The same input and metadata give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name

from copies.frames import image_frame
from copies.images import EmbeddedImage, embed_file
from copies.payload import Attachment, attach, payload_attachment
from copies.pdf_pages import CarriedPage, PageKind, carry_pages, is_signed
from copies.text_layer import FONT_RESOURCE, PageFrame, TextFont, text_content
from copies.xmp import describe
from dossiers.dossier import CopyMetadata
from dossiers.errors import CopyNotConforming, DamagedFile, PasswordProtected
from dossiers.reading import DocumentReading, PageReading
from dossiers.text import fold

# Recognised words differ from a page's own text by their errors, not by nearly half.
_OWN_TEXT_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was made.

    ``flavour`` is claimed by the file (``3u`` or ``3b``) and to be judged by the validator;
    ``reencoded`` names every page (1-based) whose image is not the original's stream, and why;
    ``sha256`` (hexadecimal) and ``size`` (bytes) are of the file written.
    """

    flavour: str
    page_count: int
    reencoded: tuple[tuple[int, str], ...]
    sha256: str
    size: int


def make_copy(
    source: Path, reading: DocumentReading, metadata: CopyMetadata, out: Path
) -> CopyReport:
    """Write the PDF/A-3 copy of a PDF, TIFF, JPEG or PNG to ``out``.

    Where ``metadata.original_pages`` names pages, the copy is of these alone, in their order. A
    signed PDF is attached whole beside the data, so that its signatures stay valid there.

    Raises:
        DamagedFile: the source cannot be read.
        PasswordProtected: it cannot be opened without a password.
        CopyNotConforming: the source has other pages than the reading.
    """
    try:
        return _make(source, reading, metadata, out)
    except pikepdf.PasswordError as error:
        raise PasswordProtected(file=source.name) from error
    except (pikepdf.PdfError, pdfium.PdfiumError) as error:
        raise DamagedFile(file=source.name, detail=str(error)) from error


def _make(source: Path, reading: DocumentReading, metadata: CopyMetadata, out: Path) -> CopyReport:
    with pikepdf.new() as pdf:
        font = TextFont(reading.pages)
        embedded_font = font.embed(pdf)
        is_pdf = _is_pdf(source)
        carry = _from_pdf if is_pdf else _from_image
        pages = carry(pdf, source, reading, metadata.original_pages)
        reasons: list[tuple[int, str]] = []
        level = "U"
        for number, (page, carried) in enumerate(pages, start=1):
            _finish(pdf, page, carried, font, embedded_font)
            if carried.reason:
                reasons.append((number, carried.reason))
            if not carried.unicode:
                level = "B"
        if len(pdf.pages) != len(reading.pages):
            detail = f"{len(reading.pages)} pages read, {len(pdf.pages)} in the file"
            raise CopyNotConforming(file=source.name, detail=detail)
        pikepdf.pdfa.prepare(pdf, "3b", output_intent="sRGB")
        files = [payload_attachment(reading, metadata)]
        if is_pdf and is_signed(source):
            files.append(_original(source, metadata))
        attach(pdf, files, metadata.created_at)
        describe(pdf, reading, metadata, level)
        settings = pikepdf.pdfa.resolve_save_kwargs("3b", deterministic_id=True)
        pdf.save(out, **settings)
    data = out.read_bytes()
    return CopyReport(
        f"3{level.lower()}",
        len(reading.pages),
        tuple(reasons),
        hashlib.sha256(data).hexdigest(),
        len(data),
    )


def _is_pdf(source: Path) -> bool:
    with source.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def _original(source: Path, metadata: CopyMetadata) -> Attachment:
    return Attachment(
        metadata.original_name,
        source.read_bytes(),
        "application/pdf",
        "Source",
        "Tệp gốc có chữ ký số",
    )


_Numbers = Sequence[int] | None


def _from_pdf(
    pdf: pikepdf.Pdf, source: Path, reading: DocumentReading, wanted: _Numbers
) -> Iterator[tuple[PageReading, CarriedPage]]:
    for number, carried in enumerate(carry_pages(source, pdf, wanted)):
        yield _reading_of(source, reading, number), carried


def _from_image(
    pdf: pikepdf.Pdf, source: Path, reading: DocumentReading, wanted: _Numbers
) -> Iterator[tuple[PageReading, CarriedPage]]:
    for number, image in enumerate(embed_file(pdf, source, wanted)):
        page = _reading_of(source, reading, number)
        yield page, _image_page(page, image)


def _reading_of(source: Path, reading: DocumentReading, index: int) -> PageReading:
    if index >= len(reading.pages):
        raise CopyNotConforming(file=source.name, detail=f"page {index + 1} was not read")
    return reading.pages[index]


def _image_page(page: PageReading, image: EmbeddedImage) -> CarriedPage:
    frame, mirrored = image_frame(page, image.orientation)
    # The page's own turn is added with the reading's, as for a PDF.
    own = PageFrame(0, 0, frame.x1, frame.y1, (frame.rotate - page.rotation) % 360)
    width, height = frame.x1, frame.y1
    matrix = f"{-width:.4f} 0 0 {height:.4f} {width:.4f} 0"
    if not mirrored:
        matrix = f"{width:.4f} 0 0 {height:.4f} 0 0"
    return CarriedPage(
        PageKind.SCAN,
        f"q {matrix} cm /Scan Do Q".encode(),
        Dictionary(XObject=Dictionary(Scan=image.xobject)),
        own,
        None,
        text="",
        unicode=True,
        reason=image.reason,
    )


def _finish(
    pdf: pikepdf.Pdf,
    page: PageReading,
    carried: CarriedPage,
    font: TextFont,
    embedded_font: pikepdf.Object,
) -> None:
    """Add the page with its turn and, where its words are not in its content, its text layer."""
    own = carried.frame
    rotate = (own.rotate + page.rotation) % 360
    frame = PageFrame(own.x0, own.y0, own.x1, own.y1, rotate, own.unit)
    content, resources = carried.content, carried.resources
    if not _says_the_same(carried.text, page):
        layer = text_content(page, frame, font)
        if layer:
            content = b"q\n" + content + b"\n" + b"Q\n" * (1 + _left_open(content)) + layer
            fonts = resources.get("/Font", Dictionary())
            fonts[FONT_RESOURCE] = embedded_font
            resources.Font = fonts
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array([_short(value) for value in (frame.x0, frame.y0, frame.x1, frame.y1)]),
        Resources=resources,
        Contents=pdf.make_stream(content),
    )
    if rotate:
        made.Rotate = rotate
    if frame.unit != 1:
        made.UserUnit = frame.unit
    if carried.group is not None:
        made.Group = carried.group
    pdf.pages.append(pikepdf.Page(made))


def _says_the_same(text: str, page: PageReading) -> bool:
    """Whether a page's own text holds most of the words read; a legacy font's text does not."""
    own = set(fold(text).split())
    read = [fold(word.text) for word in page.words]
    return bool(own) and sum(word in own for word in read) >= _OWN_TEXT_SHARE * len(read)


def _left_open(content: bytes) -> int:
    """How many ``q`` the content does not close."""
    if b"q" not in content:
        return 0
    with pikepdf.new() as scratch:
        stream = scratch.make_stream(content)
        operators = [str(i.operator) for i in pikepdf.parse_content_stream(stream)]
    return max(0, operators.count("q") - operators.count("Q"))


def _short(value: float) -> float:
    return round(value, 4)
