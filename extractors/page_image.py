"""One page of a source as pixels, with its geometry in points.

The geometry decided here is the page's for good: the copy is made with the same width and height.

Resolution of an image file: the one it states, if the paper it implies is plausible (5 cm to 1.2 m a
side); otherwise the page is taken for A4 along its longer side. Scanners and phones often write none,
1 or 72 dpi.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
from PIL import Image

from dossiers.errors import DamagedFile, TooLarge
from dossiers.settings import IntakeSettings
from extractors.connected import Grey
from extractors.pixels import Colour, exif_orientation, exif_turned, from_image, from_jpeg
from extractors.sources import Kind, check_size, sniff

A4_LONG_SIDE = 841.89
_PLAUSIBLE_SIDE = (141.7, 3401.6)  # 5 cm and 1.2 m in points
_RENDER_DPI = 300.0
_LEAST_SIDE = 1.0  # point
# A scan that fills less of the page than this has something else on it worth seeing.
_COVERS = 0.9


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as displayed.

    ``grey`` is (height, width) uint8, reduced where the scan is finer than reading needs; ``colour``
    (height, width, 3) RGB at half its size, or ``None`` for pages without any. ``width`` and
    ``height`` are in points; ``dpi`` is that of ``grey`` along the width, ``scan_dpi`` the scan's.
    """

    grey: Grey
    colour: Colour | None
    width: float
    height: float
    dpi: float
    scan_dpi: float


# What hostile files make their readers raise, beside the errors meant for it.
_FAULTS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


def load_page(path: Path, number: int, limits: IntakeSettings) -> PageImage:
    """Page ``number`` (1-based) of a PDF, TIFF, JPEG or PNG.

    Raises:
        DamagedFile: the page cannot be decoded, or has no size.
        TooLarge: its declared size is over the limit.
    """
    try:
        if sniff(path) is Kind.PDF:
            return _from_pdf(path, number, limits)
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            image.seek(number - 1)
            check_size(path.name, number, *image.size, limits)
            return _from_image(image, path)
    except Image.DecompressionBombError as error:
        raise TooLarge(file=path.name, page=number, detail=str(error)) from error
    except (OSError, SyntaxError, EOFError, pikepdf.PdfError, cv2.error, *_FAULTS) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedFile(file=path.name, detail=f"page {number}: {error}") from error


def displayed_size(image: Image.Image) -> tuple[float, float]:
    """Width and height in points of an image file's page, its Exif orientation applied."""
    x_dpi, y_dpi = _stated_dpi(image)
    pixels_x, pixels_y = image.size
    if x_dpi and y_dpi:
        width, height = pixels_x * 72 / x_dpi, pixels_y * 72 / y_dpi
        low, high = _PLAUSIBLE_SIDE
        if not (low <= min(width, height) and max(width, height) <= high):
            x_dpi = 0.0
    if not (x_dpi and y_dpi):
        scale = A4_LONG_SIDE / max(pixels_x, pixels_y)
        width, height = pixels_x * scale, pixels_y * scale
    # Of a TIFF, Pillow tells the size already turned.
    sideways = image.format != "TIFF" and image.getexif().get(0x0112, 1) >= 5
    return (height, width) if sideways else (width, height)


def _stated_dpi(image: Image.Image) -> tuple[float, float]:
    try:
        x, y = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    return (x, y) if x > 1 and y > 1 else (0.0, 0.0)


def _from_image(image: Image.Image, path: Path) -> PageImage:
    width, height = displayed_size(image)
    orientation = exif_orientation(image) if image.format != "TIFF" else 1
    across = image.height if orientation >= 5 else image.width
    scan_dpi = across * 72 / width
    arrays = from_jpeg(path.read_bytes(), scan_dpi) if image.format == "JPEG" else None
    if arrays is None:
        arrays = from_image(image, scan_dpi)
    grey, colour = exif_turned(*arrays, orientation)
    return PageImage(grey, colour, width, height, grey.shape[1] * 72 / width, scan_dpi)


def _from_pdf(path: Path, number: int, limits: IntakeSettings) -> PageImage:
    with pikepdf.open(path, suppress_warnings=True) as pdf:
        page = pdf.pages[number - 1]
        embedded = _single_scan(page)
        if embedded is not None and not embedded.get("/SMask") and not embedded.get("/ImageMask"):
            declared = int(embedded.get("/Width", 0)), int(embedded.get("/Height", 0))
            check_size(path.name, number, *declared, limits)
            width, height = _page_size(page)
            turns = (_rotation(page) // 90) % 4
            scan_dpi = declared[0] * 72 / (height if turns % 2 else width)
            arrays = _decoded(embedded, scan_dpi)
            if arrays is not None:
                return _placed(*arrays, (width, height), turns, scan_dpi)
    return _rendered(path, number, limits)


def _page_size(page: pikepdf.Page) -> tuple[float, float]:
    """Width and height of the page as displayed, in points."""
    box = [float(side) for side in page.cropbox]
    unit = float(str(page.obj.get("/UserUnit", 1)))
    width, height = abs(box[2] - box[0]) * unit, abs(box[3] - box[1]) * unit
    if not (_LEAST_SIDE <= width < math.inf and _LEAST_SIDE <= height < math.inf):
        raise ValueError(f"a page of {width} × {height} points")
    return (height, width) if _rotation(page) % 180 else (width, height)


def _decoded(embedded: pikepdf.Stream, scan_dpi: float) -> tuple[Grey, Colour | None] | None:
    """The image's pixels; ``None`` for what only the renderer knows (JBIG2, odd colour spaces)."""
    if "/Decode" in embedded:  # inverted or squeezed
        return None
    picture = pikepdf.PdfImage(embedded)
    try:
        plain = picture.filters == ["/DCTDecode"]
        if plain and (picture.colorspace in ("/DeviceRGB", "/DeviceGray", "/ICCBased")):
            arrays = from_jpeg(embedded.read_raw_bytes(), scan_dpi)
            if arrays is not None:
                return arrays
        return from_image(picture.as_pil_image(), scan_dpi)
    except (pikepdf.PdfError, pikepdf.DependencyError, NotImplementedError, OSError, *_FAULTS):
        return None


def _single_scan(page: pikepdf.Page) -> pikepdf.Stream | None:
    """The one image that makes up the page, drawn upright over (nearly) all of it, or ``None``."""
    images = page.get_images(recursive=False)
    if len(images) != 1:
        return None
    box = [float(side) for side in page.cropbox]
    page_area = abs((box[2] - box[0]) * (box[3] - box[1]))
    if not 0 < page_area < math.inf:
        return None
    matrices: list[pikepdf.Matrix] = [pikepdf.Matrix()]
    drawn: list[pikepdf.Matrix] = []
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator == "q":
            matrices.append(matrices[-1])
        elif operator == "Q" and len(matrices) > 1:
            matrices.pop()
        elif operator == "cm":
            matrices[-1] = pikepdf.Matrix(*map(float, instruction.operands)) @ matrices[-1]
        elif operator == "Do":
            if str(instruction.operands[0]) not in images:
                return None  # a form with drawing of its own
            drawn.append(matrices[-1])
        elif operator in ("Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "b", "sh", "BI"):
            return None  # text or drawing of its own: the whole page must be seen
    if len(drawn) != 1:
        return None
    m = drawn[0]
    upright = m.a > 0 and m.d > 0 and abs(m.b) < 1e-3 * m.a and abs(m.c) < 1e-3 * m.d
    if not upright or m.a * m.d < _COVERS * page_area:
        return None
    inside = m.e >= box[0] - 0.05 * m.a and m.f >= box[1] - 0.05 * m.d
    (image,) = images.values()
    fills = abs(m.a * m.d / page_area - 1) < 0.02
    return image if inside and fills and isinstance(image, pikepdf.Stream) else None


def _placed(
    grey: Grey,
    colour: Colour | None,
    size: tuple[float, float],
    turns: int,
    scan_dpi: float,
) -> PageImage:
    if turns:
        # /Rotate is clockwise, rot90 counts anticlockwise.
        grey = np.ascontiguousarray(np.rot90(grey, -turns))
        colour = None if colour is None else np.ascontiguousarray(np.rot90(colour, -turns))
    width, height = size
    return PageImage(grey, colour, width, height, grey.shape[1] * 72 / width, scan_dpi)


def _rotation(page: pikepdf.Page) -> int:
    """/Rotate of the page, which it may inherit (ISO 32000-1, 7.7.3.4)."""
    node: pikepdf.Object | None = page.obj
    for _ in range(64):  # bounds a looped page tree
        if node is None:
            return 0
        if "/Rotate" in node:
            return int(node["/Rotate"])
        node = node.get("/Parent")
    return 0


def _rendered(path: Path, number: int, limits: IntakeSettings) -> PageImage:
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise DamagedFile(file=path.name, detail=f"page {number}: {error}") from error
    with document:
        try:
            page = document[number - 1]
            width, height = page.get_size()
            if not (_LEAST_SIDE <= width < math.inf and _LEAST_SIDE <= height < math.inf):
                raise ValueError(f"a page of {width} × {height} points")
            scale = _RENDER_DPI / 72
            check_size(path.name, number, width * scale, height * scale, limits)
            bitmap = page.render(scale=scale, may_draw_forms=True)
            grey, colour = from_image(bitmap.to_pil(), _RENDER_DPI)
        except pdfium.PdfiumError as error:
            raise DamagedFile(file=path.name, detail=f"page {number}: {error}") from error
    return PageImage(grey.copy(), colour, width, height, _RENDER_DPI, _RENDER_DPI)
