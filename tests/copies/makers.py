"""Papers made on the spot: images, scans in PDF, readings and metadata of invented dossiers."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw

from dossiers.dossier import Agency, CopyMetadata, DossierHead, FormOfCopy, Procedure
from dossiers.identifiers.place import Place, PlaceNow
from dossiers.reading import (
    Box,
    DocumentReading,
    Field,
    FieldSource,
    PageOutcome,
    PageReading,
    TypeMatch,
    Word,
)

WIDTH, HEIGHT = 595.0, 842.0
LINES = (
    "ỦY BAN NHÂN DÂN XÃ PHÙ CỪ",
    "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN",
    "Họ và tên: Nguyễn Thị Thảo Vy",
    "Nơi cư trú: thôn Đình Cao, huyện Phù Cừ",
)


def metadata(**changes: object) -> CopyMetadata:
    values: dict[str, object] = {
        "document_code": "H31.15.8-261123-0001-01",
        "dossier": DossierHead(
            "H31.15.8-261123-0001",
            Agency("H31.15.8", "UBND xã Phù Cừ & Đoàn Đào"),
            Procedure("1.004873"),
        ),
        "form": FormOfCopy.TRUE_COPY,
        "original_name": "giấy xác nhận.pdf",
        "original_sha256": "ab" * 32,
        "created_at": dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=7))),
        "type_name": "Giấy xác nhận tình trạng hôn nhân",
    }
    values.update(changes)
    return CopyMetadata(**values)  # type: ignore[arg-type]


def words(lines: tuple[str, ...] = LINES, top: float = 80.0) -> tuple[Word, ...]:
    """Words of 12 pt, 6 pt a character, lines 24 pt apart."""
    made = []
    for number, line in enumerate(lines):
        left = 60.0
        for text in line.split():
            box = Box(left, top + 24 * number, left + 6.0 * len(text), top + 24 * number + 12)
            made.append(Word(text, box, 0.95, number))
            left = box.x1 + 4.0
    return tuple(made)


def page(number: int = 1, **changes: object) -> PageReading:
    values: dict[str, object] = {
        "number": number,
        "width": WIDTH,
        "height": HEIGHT,
        "dpi": 100.0,
        "rotation": 0,
        "skew": 0.0,
        "outcome": PageOutcome.OK,
        "engine": "tesserocr",
        "words": words(),
    }
    values.update(changes)
    return PageReading(**values)  # type: ignore[arg-type]


def reading(*pages: PageReading, fields: dict[str, Field] | None = None) -> DocumentReading:
    return DocumentReading(
        "giấy.pdf", pages or (page(),), TypeMatch("marital_status", 0.97), fields or a_field()
    )


def a_field() -> dict[str, Field]:
    box = Box(60, 80, 120, 92)
    number = Field("document_number", "12/XN-UBND", "12/XN-UBND", 0.9, 1, box, FieldSource.LABEL)
    now = (PlaceNow("33", "12391"), PlaceNow("33", "12406"))
    units = Place("33", "333", "12394", dt.date(2024, 5, 1), now)
    text = "xã Đoàn Đào, huyện Phù Cừ"
    address = Field("residence", text, text, 0.9, 1, box, FieldSource.LABEL, place=units)
    return {"document_number": number, "residence": address}


def picture(mode: str = "RGB", size: tuple[int, int] = (200, 283)) -> Image.Image:
    """A page with marks that tell its corners apart."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, 60, 30), fill="black")
    draw.rectangle((140, 240, 190, 270), fill=(200, 30, 30))
    draw.line((10, 50, 190, 60), fill=(20, 60, 160), width=3)
    if mode == "I;16":
        deep = image.convert("L").convert("I").point(lambda value: value * 257)
        return deep.convert("I;16")
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scan_pdf(
    path: Path,
    *,
    rotate: int = 0,
    media: tuple[float, ...] = (0, 0, WIDTH, HEIGHT),
    crop: tuple[float, ...] | None = None,
    jpeg: bytes | None = None,
    hidden_text: bool = False,
    active: bool = False,
) -> bytes:
    """A PDF of one scanned page; gives the bytes of its JPEG."""
    jpeg = jpeg or encoded(picture(), "JPEG", quality=80)
    with Image.open(io.BytesIO(jpeg)) as image:
        size, space = image.size, {"L": Name.DeviceGray, "CMYK": Name.DeviceCMYK}.get(image.mode)
    pdf = pikepdf.new()
    stream = pdf.make_stream(
        jpeg,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=size[0],
        Height=size[1],
        ColorSpace=space or Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
        Interpolate=True,
    )
    x0, y0, x1, y1 = crop or media
    content = f"q {x1 - x0} 0 0 {y1 - y0} {x0} {y0} cm /Im0 Do Q"
    resources = Dictionary(XObject=Dictionary(Im0=stream))
    if hidden_text:
        content += " BT /F1 12 Tf 3 Tr 50 700 Td (STRANGER) Tj ET"
        resources.Font = Dictionary(F1=helvetica())
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array(media),
        Rotate=rotate,
        Resources=resources,
        Contents=pdf.make_stream(content.encode()),
    )
    if crop:
        made.CropBox = Array(crop)
    pdf.pages.append(pikepdf.Page(made))
    if active:
        script = Dictionary(S=Name.JavaScript, JS="app.alert('x')")
        pdf.Root.OpenAction = script
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=script)
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])
        pdf.attachments["virus.exe"] = b"MZ"
    pdf.save(path)
    return jpeg


def helvetica() -> pikepdf.Dictionary:
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type1,
        BaseFont=Name.Helvetica,
        Encoding=Name.WinAnsiEncoding,
    )
