"""The copy as a whole: what is kept byte for byte, what is not, and that veraPDF accepts it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageOps, TiffImagePlugin

from copies.archival import CopyReport, make_copy
from copies.conformance import Validator
from copies.payload import read_payload
from dossiers.errors import CopyNotConforming, DamagedFile
from dossiers.reading import PageReading
from tests.copies import makers


def _make(source: Path, *pages: PageReading) -> tuple[CopyReport, Path]:
    out = source.with_name("copy.pdf")
    return make_copy(source, makers.reading(*pages), makers.metadata(), out), out


def _accepted(validator: Validator, path: Path, flavour: str = "3u") -> None:
    found = validator.check(path)
    assert (found.compliant, found.flavour) == (True, flavour), found.failures


def _streams(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        return [
            image.read_raw_bytes()
            for page in pdf.pages
            for image in page.obj.Resources.XObject.values()
        ]


def _shown(path: Path, index: int = 0) -> Image.Image:
    with pdfium.PdfDocument(path) as document:
        return document[index].render(scale=0.5).to_pil().convert("RGB")


def _differ(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, 0 to 255."""
    other = other.convert("RGB").resize(one.size, Image.Resampling.BOX)
    data = ImageChops.difference(one.convert("RGB"), other).convert("L").histogram()
    return sum(value * count for value, count in enumerate(data)) / sum(data)


# --- some pages of a file ---------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["pdf", "tif"])
def test_some_pages_are_carried_alone_with_their_own_streams(
    validator: Validator, tmp_path: Path, ending: str
) -> None:
    source = tmp_path / f"a.{ending}"
    tones = [makers.picture("L").point(lambda value, by=by: value * by // 10) for by in (10, 8, 6)]
    tones[0].save(source, save_all=True, append_images=tones[1:], resolution=100, quality=70,
                  compression="jpeg" if ending == "tif" else None)  # fmt: skip
    whole = makers.reading(*(makers.page(number) for number in (1, 2, 3)))
    make_copy(source, whole, makers.metadata(), tmp_path / "whole.pdf")
    some = makers.reading(*(makers.page(number) for number in (1, 2)))
    report = make_copy(source, some, makers.metadata(original_pages=(1, 3)), tmp_path / "some.pdf")
    streams = _streams(tmp_path / "whole.pdf")
    assert _streams(tmp_path / "some.pdf") == [streams[0], streams[2]]
    assert report.page_count == 2
    _accepted(validator, tmp_path / "some.pdf")
    assert read_payload(tmp_path / "some.pdf")["original"]["pages"] == [1, 3]
    assert "pages" not in read_payload(tmp_path / "whole.pdf")["original"]
    with pikepdf.open(tmp_path / "some.pdf") as pdf:
        assert b"<sohoa:originalPages>1, 3</sohoa:originalPages>" in pdf.Root.Metadata.read_bytes()


# --- image files ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_is_kept_byte_for_byte(validator: Validator, tmp_path: Path, mode: str) -> None:
    data = makers.encoded(makers.picture(mode), "JPEG", quality=70)
    (tmp_path / "a.jpg").write_bytes(data)
    report, out = _make(tmp_path / "a.jpg")
    assert report.reencoded == ()
    assert _streams(out) == [data]
    assert _differ(_shown(out), makers.picture(mode)) < 6
    _accepted(validator, out)
    assert report.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert report.size == out.stat().st_size


def _idat(data: bytes) -> bytes:
    at, joined = 8, b""
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        joined += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return joined


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "I;16"])
def test_png_data_are_kept(validator: Validator, tmp_path: Path, mode: str) -> None:
    data = makers.encoded(makers.picture(mode), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    report, out = _make(tmp_path / "a.png")
    assert report.reencoded == ()
    assert _streams(out) == [_idat(data)]
    assert (
        _differ(
            _shown(out),
            makers.picture("1" if mode == "1" else "RGB").convert("L" if mode == "I;16" else "RGB")
            if mode in {"1", "RGB", "P"}
            else makers.picture("L"),
        )
        < 6
    )
    _accepted(validator, out)


@pytest.mark.parametrize(
    ("image", "kind", "options", "why"),
    [
        (makers.picture("CMYK"), "JPEG", {}, "CMYK"),
        (makers.picture("RGBA"), "PNG", {}, "transparency"),
        (makers.picture("RGB"), "TIFF", {"compression": "tiff_lzw"}, "tiff_lzw"),
        (makers.picture("L"), "TIFF", {}, "raw"),
        (makers.picture("I;16"), "TIFF", {}, "without loss"),
        (makers.picture("1"), "TIFF", {"compression": "packbits"}, "packbits"),
        (makers.picture("CMYK"), "TIFF", {"compression": "tiff_lzw"}, "from CMYK to RGB"),
    ],
)
def test_what_cannot_be_kept_is_told(
    validator: Validator,
    tmp_path: Path,
    image: Image.Image,
    kind: str,
    options: dict[str, object],
    why: str,
) -> None:
    (tmp_path / "a").write_bytes(makers.encoded(image, kind, **options))
    report, out = _make(tmp_path / "a")
    ((page, reason),) = report.reencoded
    assert page == 1
    assert why in reason
    assert _differ(_shown(out), makers.picture("RGB")) < 40
    if image.mode in {"L", "RGB", "1"}:
        with pikepdf.open(out) as pdf:
            (kept,) = pdf.pages[0].obj.Resources.XObject.values()
            again = pikepdf.PdfImage(kept).as_pil_image()
        assert again.convert(image.mode).tobytes() == image.tobytes()
    _accepted(validator, out)


def test_tiff_pages_are_kept_each_in_its_way(validator: Validator, tmp_path: Path) -> None:
    fax = makers.picture("1")
    alone = makers.encoded(fax, "TIFF", compression="group4")
    with Image.open(io.BytesIO(alone)) as image:
        at, length = image.tag_v2[273][0], image.tag_v2[279][0]
    photo = makers.encoded(makers.picture("RGB"), "TIFF", compression="tiff_lzw")
    with (
        Image.open(io.BytesIO(photo)) as second,
        TiffImagePlugin.AppendingTiffWriter(tmp_path / "a.tif", new=True) as writer,
    ):
        for frame, compression in ((fax, "group4"), (second, "tiff_lzw"), (fax, "group4")):
            frame.save(writer, "TIFF", compression=compression)
            writer.newFrame()
    report, out = _make(tmp_path / "a.tif", *(makers.page(number) for number in (1, 2, 3)))
    assert _streams(out)[0] == alone[at : at + length]
    assert _differ(_shown(out), fax) < 6
    assert report.page_count == 3
    assert [page for page, _ in report.reencoded] == [2]
    assert _streams(out)[2] == _streams(out)[0]
    _accepted(validator, out)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_tiff_jpeg_strip_is_not_decoded(validator: Validator, tmp_path: Path, mode: str) -> None:
    image = makers.picture(mode)
    image.save(tmp_path / "a.tif", compression="jpeg", quality=90, strip_size=1 << 24)
    with Image.open(tmp_path / "a.tif") as opened:
        at, count = opened.tag_v2[273], opened.tag_v2[279]
    assert len(at) == 1
    scan = (tmp_path / "a.tif").read_bytes()[at[0] : at[0] + count[0]]
    report, out = _make(tmp_path / "a.tif")
    assert report.reencoded == ()
    assert _streams(out)[0].endswith(scan[2:])
    assert _differ(_shown(out), image) < 6
    _accepted(validator, out)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_page_only(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = makers.picture("RGB")
    upright = makers.encoded(image, "JPEG", quality=95, exif=exif)
    (tmp_path / "a.jpg").write_bytes(upright)
    size = (makers.HEIGHT, makers.WIDTH) if orientation >= 5 else (makers.WIDTH, makers.HEIGHT)
    _, out = _make(tmp_path / "a.jpg", makers.page(width=size[0], height=size[1], words=()))
    assert _streams(out) == [upright]
    shown = _shown(out)
    assert (shown.width > shown.height) == (orientation >= 5)
    with Image.open(io.BytesIO(upright)) as opened:
        assert _differ(shown, ImageOps.exif_transpose(opened)) < 6


# --- scans in PDF -----------------------------------------------------------------------------


def test_pdf_scan_is_kept_and_what_acts_is_dropped(validator: Validator, tmp_path: Path) -> None:
    jpeg = makers.scan_pdf(tmp_path / "a.pdf", active=True, hidden_text=True)
    report, out = _make(tmp_path / "a.pdf")
    assert report.reencoded == ()
    assert _streams(out) == [jpeg]
    with pikepdf.open(out) as pdf:
        assert "/OpenAction" not in pdf.Root
        assert "/Annots" not in pdf.pages[0].obj
        assert list(pdf.attachments) == ["sohoa.json"]
    with pdfium.PdfDocument(out) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "STRANGER" not in text
    assert text.splitlines() == list(makers.LINES)
    _accepted(validator, out)


def test_cmyk_scan_in_pdf_is_stored_as_rgb(validator: Validator, tmp_path: Path) -> None:
    jpeg = makers.encoded(makers.picture("CMYK"), "JPEG")
    makers.scan_pdf(tmp_path / "a.pdf", jpeg=jpeg)
    report, out = _make(tmp_path / "a.pdf")
    assert "DeviceCMYK" in report.reencoded[0][1]
    assert "converted from CMYK to RGB" in report.reencoded[0][1]
    _accepted(validator, out)


def test_jpeg_2000_is_kept(validator: Validator, tmp_path: Path) -> None:
    data = makers.encoded(makers.picture("RGB"), "JPEG2000")
    makers.scan_pdf(tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf", allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.Resources.XObject.Im0.write(data, filter=Name.JPXDecode)
        pdf.save(tmp_path / "a.pdf")
    report, out = _make(tmp_path / "a.pdf")
    assert report.reencoded == ()
    assert _streams(out) == [data]
    _accepted(validator, out)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_turned_pages_are_turned_by_rotate_only(
    validator: Validator, tmp_path: Path, rotate: int
) -> None:
    jpeg = makers.scan_pdf(tmp_path / "a.pdf", rotate=rotate)
    turn = -rotate % 360
    _, out = _make(tmp_path / "a.pdf", makers.page(rotation=turn))
    assert _streams(out) == [jpeg]
    assert _differ(_shown(out), makers.picture("RGB")) < 6
    _accepted(validator, out)


def test_blank_pages_and_order_stay(validator: Validator, tmp_path: Path) -> None:
    makers.scan_pdf(tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf", allow_overwriting_input=True) as pdf:
        pdf.add_blank_page(page_size=(400, 300))
        pdf.pages.append(pdf.pages[0])
        pdf.save(tmp_path / "a.pdf")
    blank = makers.page(2, width=400.0, height=300.0, words=())
    report, out = _make(tmp_path / "a.pdf", makers.page(), blank, makers.page(3))
    with pikepdf.open(out) as pdf:
        sizes = [tuple(map(float, page.mediabox))[2:] for page in pdf.pages]
    assert sizes == [(595, 842), (400, 300), (595, 842)]
    assert report.page_count == 3
    _accepted(validator, out)


def test_pages_in_equal_pages_out(tmp_path: Path) -> None:
    makers.scan_pdf(tmp_path / "a.pdf")
    with pytest.raises(CopyNotConforming):
        _make(tmp_path / "a.pdf", makers.page(), makers.page(2))


@pytest.mark.parametrize("name", ["a.pdf", "a.jpg", "a.tif"])
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    heads = {"a.pdf": b"%PDF-1.7\n", "a.jpg": b"\xff\xd8\xff\xe0", "a.tif": b"II*\0"}
    (tmp_path / name).write_bytes(heads[name] + b"nonsense" * 20)
    with pytest.raises(DamagedFile):
        _make(tmp_path / name)


# --- born-digital pages -----------------------------------------------------------------------


def _box_font() -> bytes:
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({0x41: "A"})
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, 700), (450, 700), (450, 0)):
        pen.lineTo(point)
    pen.closePath()
    glyph = pen.glyph()
    builder.setupGlyf({".notdef": glyph, "A": glyph})
    builder.setupHorizontalMetrics({".notdef": (500, 50), "A": (500, 50)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Box", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _born_digital(path: Path, *, embedded: bool) -> None:
    pdf = pikepdf.new()
    font = makers.helvetica()
    if embedded:
        program = _box_font()
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name.Box,
            Flags=32,
            FontBBox=Array([0, -200, 500, 800]),
            ItalicAngle=0,
            Ascent=800,
            Descent=-200,
            CapHeight=700,
            StemV=80,
            FontFile2=pdf.make_stream(program, Length1=len(program)),
        )
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=Name.Box,
            Encoding=Name.WinAnsiEncoding,
            FirstChar=65,
            LastChar=65,
            Widths=Array([500]),
            FontDescriptor=pdf.make_indirect(descriptor),
        )
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, 595, 842]),
        Rotate=90,
        Resources=Dictionary(Font=Dictionary(F1=font)),
        Contents=pdf.make_stream(
            b"q BT /F1 24 Tf 100 700 Td (AAA AAA) Tj ET"
            if not embedded
            else b"q BT /F1 24 Tf 100 700 Td (AAA) Tj ET"
        ),
    )
    pdf.pages.append(pikepdf.Page(made))
    pdf.save(path)


def _turned_page(words: bool) -> PageReading:
    found = makers.words(("AAA",)) if words else ()
    return makers.page(width=makers.HEIGHT, height=makers.WIDTH, words=found)


def test_embedded_fonts_keep_the_page_as_it_is(validator: Validator, tmp_path: Path) -> None:
    _born_digital(tmp_path / "a.pdf", embedded=True)
    report, out = _make(tmp_path / "a.pdf", _turned_page(words=True))
    assert report.reencoded == ()
    with pdfium.PdfDocument(out) as document:
        # The page's own text, not ours a second time.
        assert document[0].get_textpage().get_text_bounded().split() == ["AAA"]
    assert _differ(_shown(out), _shown(tmp_path / "a.pdf")) == 0
    _accepted(validator, out, report.flavour)


def test_fonts_that_are_not_embedded_make_a_drawing(validator: Validator, tmp_path: Path) -> None:
    _born_digital(tmp_path / "a.pdf", embedded=False)
    report, out = _make(tmp_path / "a.pdf", _turned_page(words=True))
    assert "300 dpi" in report.reencoded[0][1]
    assert _differ(_shown(out), _shown(tmp_path / "a.pdf")) < 3
    with pdfium.PdfDocument(out) as document:
        assert document[0].get_textpage().get_text_bounded().strip() == "AAA"
    _accepted(validator, out)


def test_a_signed_original_is_attached_whole(validator: Validator, tmp_path: Path) -> None:
    makers.scan_pdf(tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf", allow_overwriting_input=True) as pdf:
        value = pdf.make_indirect(Dictionary(Type=Name.Sig, Contents=b"\0" * 8))
        field = pdf.make_indirect(Dictionary(FT=Name.Sig, T="S", V=value))
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
        pdf.save(tmp_path / "a.pdf")
    _, out = _make(tmp_path / "a.pdf")
    with pikepdf.open(out) as pdf:
        assert "/AcroForm" not in pdf.Root
        kept = pdf.attachments["giấy xác nhận.pdf"]
        assert kept.get_file().read_bytes() == (tmp_path / "a.pdf").read_bytes()
        assert kept.obj.AFRelationship == Name.Source
    _accepted(validator, out)


@pytest.mark.parametrize("kind", ["pdf", "tif", "png"])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"a.{kind}"
    if kind == "pdf":
        makers.scan_pdf(source, jpeg=makers.encoded(makers.picture("CMYK"), "JPEG"))
    else:
        makers.picture("RGBA" if kind == "png" else "RGB").save(source)
    first, out = _make(source)
    data = out.read_bytes()
    second, _ = _make(source)
    assert first == second
    assert out.read_bytes() == data
