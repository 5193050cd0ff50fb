"""Pages that are no pages: an outcome in bounded time, never an exception."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFilter
from rapidfuzz import fuzz

from dossiers.reading import PageOutcome
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.engines import Engine, open_engine
from extractors.page import read_page
from extractors.page_image import load_page
from tests.extractors.pictures import LINES, font, page, scan_pdf

LIMITS = IntakeSettings()
RANDOM = np.random.default_rng(5)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(ReadingSettings())


def specks(count: int) -> Image.Image:
    sheet = np.full((2338, 1654), 255, np.uint8)
    sheet[RANDOM.integers(0, 2338, count), RANDOM.integers(0, 1654, count)] = 0
    return Image.fromarray(sheet)


def halftone() -> Image.Image:
    y, x = np.mgrid[:2338, :1654]
    dots = (np.sin(x * 0.8) * np.sin(y * 0.8) > 0.1 + 0.8 * (x / 1654)).astype(np.uint8) * 255
    return Image.fromarray(dots)


def giant() -> Image.Image:
    sheet = Image.new("L", (1654, 2338), 255)
    ImageDraw.Draw(sheet).text((827, 1800), "Ậ", font=font(1900), fill=0, anchor="ms")
    return sheet


def photograph() -> Image.Image:
    small = Image.fromarray(RANDOM.integers(0, 256, (24, 18, 3), np.uint8))
    return small.resize((1654, 2338), Image.Resampling.BICUBIC)


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "noise": lambda: Image.fromarray(RANDOM.integers(0, 256, (2338, 1654), np.uint8)),
    "sparse noise": lambda: specks(400_000),
    "20,000 specks": lambda: specks(20_000),
    "halftone": halftone,
    "one giant letter": giant,
    "photograph": photograph,
    "all black": lambda: Image.new("L", (1654, 2338), 0),
    "1 x 30,000": lambda: Image.new("L", (30_000, 1), 128),
    "one pixel": lambda: Image.new("L", (1, 1), 0),
    "stripes": lambda: Image.fromarray(np.tile(np.uint8([[0], [0], [255], [255]]), (500, 1600))),
}


@pytest.mark.parametrize("name", PICTURES)
def test_whatever_is_on_the_glass_ends_in_an_outcome(
    tmp_path: Path, engine: Engine, name: str
) -> None:
    path = tmp_path / "page.png"
    PICTURES[name]().save(path, dpi=(200, 200))
    start = time.monotonic()
    result = read_page(path, 1, engine, LIMITS)
    # Nothing of it is text, and nobody may believe that it was read.
    assert result.outcome is not PageOutcome.OK
    assert time.monotonic() - start < 60
    for word in result.words:
        assert word.text
        assert 0 <= word.confidence <= 1


def test_a_page_too_blurred_to_read_is_not_turned(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "page.png"
    blurred = page(LINES * 4, dpi=300).filter(ImageFilter.GaussianBlur(7))
    blurred.save(path, dpi=(300, 300))
    result = read_page(path, 1, engine, LIMITS)
    assert result.outcome is not PageOutcome.OK
    assert result.rotation == 0


def deep(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def see_through(image: Image.Image) -> Image.Image:
    return Image.merge(
        "RGBA", [Image.new("L", image.size)] * 3 + [image.convert("L").point(lambda v: 255 - v)]
    )


MODES: dict[str, tuple[str, Callable[[Image.Image], Image.Image]]] = {
    "CMYK": ("jpg", lambda image: image.convert("CMYK")),
    "16 bit": ("png", deep),
    "palette": ("png", lambda image: image.quantize(16)),
    "alpha": ("png", see_through),
    "black and white": ("tif", lambda image: image.convert("1", dither=Image.Dither.NONE)),
    "grey": ("jpg", lambda image: image.convert("L")),
}


@pytest.mark.parametrize("name", MODES)
def test_every_way_to_store_a_picture_is_read(tmp_path: Path, engine: Engine, name: str) -> None:
    suffix, convert = MODES[name]
    path = tmp_path / f"page.{suffix}"
    convert(page()).save(path, dpi=(200, 200))
    assert fuzz.ratio(read_page(path, 1, engine, LIMITS).text, "\n".join(LINES)) > 96


def embedded(path: Path, data: bytes, size: tuple[int, int], **entries: object) -> Path:
    """A PDF whose page is one image with these entries in its dictionary."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        picture = pdf.make_stream(
            data, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
            Width=size[0], Height=size[1], **entries,
        )  # fmt: skip
        pdf.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
        pdf.pages[0].obj.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
        pdf.save(path)
    return path


def test_inverted_pictures_are_seen_as_they_are_shown(tmp_path: Path, engine: Engine) -> None:
    negative = Image.fromarray(255 - np.asarray(page().convert("L")))
    buffer = io.BytesIO()
    negative.save(buffer, "JPEG", quality=90)
    path = embedded(
        tmp_path / "negative.pdf", buffer.getvalue(), negative.size,
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
        Decode=pikepdf.Array([1, 0]),
    )  # fmt: skip
    assert fuzz.ratio(read_page(path, 1, engine, LIMITS).text, "\n".join(LINES)) > 96


@pytest.mark.parametrize("kind", ["JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "DCTDecode"])
@pytest.mark.parametrize("data", [b"", b"\x00" * 40, bytes(range(256)) * 8])
def test_broken_streams_end_in_an_outcome(
    tmp_path: Path, engine: Engine, kind: str, data: bytes
) -> None:
    path = embedded(
        tmp_path / "broken.pdf", data, (1654, 2338), ColorSpace=pikepdf.Name.DeviceGray,
        BitsPerComponent=1 if kind in ("JBIG2Decode", "CCITTFaxDecode") else 8,
        Filter=pikepdf.Name("/" + kind),
    )  # fmt: skip
    assert read_page(path, 1, engine, LIMITS).outcome in set(PageOutcome)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_says_how_a_photo_is_to_be_seen(tmp_path: Path, orientation: int) -> None:
    upright = page().convert("L").resize((420, 594))
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)  # fmt: skip
    stored = upright.transpose(turn) if turn is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.jpg"
    stored.save(path, quality=95, exif=exif)
    seen = load_page(path, 1, LIMITS).grey
    assert seen.shape == (594, 420)
    assert np.abs(seen.astype(int) - np.asarray(upright).astype(int)).mean() < 4


def test_fast_decoding_sees_what_careful_decoding_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = page(dpi=300)
    ImageDraw.Draw(image).ellipse((900, 900, 1500, 1500), outline=(210, 30, 40), width=20)
    path = scan_pdf(tmp_path / "page.pdf", image, dpi=300, rotate=90)
    quick = load_page(path, 1, LIMITS)
    monkeypatch.setattr("extractors.page_image.from_jpeg", lambda *_: None)
    careful = load_page(path, 1, LIMITS)
    assert quick.colour is not None
    assert careful.colour is not None
    assert np.abs(quick.grey.astype(int) - careful.grey.astype(int)).mean() < 1
    assert np.abs(quick.colour.astype(int) - careful.colour.astype(int)).mean() < 3
    assert (quick.width, quick.height, quick.dpi) == (careful.width, careful.height, careful.dpi)


def test_fine_scans_are_reduced_while_they_are_decoded(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "page.pdf", page(dpi=600), dpi=600)
    seen = load_page(path, 1, LIMITS)
    assert seen.dpi == pytest.approx(300, rel=0.01)
    assert seen.scan_dpi == pytest.approx(600, rel=0.01)
    assert seen.colour is None  # black on white
