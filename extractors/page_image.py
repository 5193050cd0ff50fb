"""One page of a source as pixels, with its geometry in points.

The geometry decided here is the page's for good: the copy is made with the same width and height.

Resolution of an image file: the one it states, if the paper it implies is plausible (5 cm to 1.2 m a
side); otherwise the page is taken for A4 along its longer side. Scanners and phones often write none,
1 or 72 dpi.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2 as pdfium
from PIL import Image, ImageOps

from dossiers.errors import DamagedFile, TooLarge
from dossiers.settings import IntakeSettings
from extractors.cleanup import Grey
from extractors.sources import Kind, check_size, sniff

_A4_LONG_SIDE = 841.89
_PLAUSIBLE_SIDE = (141.7, 3401.6)  # 5 cm and 1.2 m in points
_RENDER_DPI = 300.0
# A scan that fills less of the page than this has something else on it worth seeing.
_COVERS = 0.9


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as displayed: ``grey`` is (height, width) uint8, ``colour`` (height, width, 3) RGB.

    ``width`` and ``height`` are in points; ``dpi`` is along the width; ``colour`` is ``None`` for
    pages without any.
    """

    grey: Grey
    colour: npt.NDArray[np.uint8] | None
    width: float
    height: float
    dpi: float


def load_page(path: Path, number: int, limits: IntakeSettings) -> PageImage:
    """Page ``number`` (1-based) of a PDF, TIFF, JPEG or PNG.

    Raises:
        DamagedFile: the page cannot be decoded.
        TooLarge: its declared size is over the limit.
    """
    try:
        if sniff(path) is Kind.PDF:
            return _from_pdf(path, number, limits)
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            image.seek(number - 1)
            check_size(path.name, number, *image.size, limits)
            return _from_image(image)
    except Image.DecompressionBombError as error:
        raise TooLarge(file=path.name, page=number, detail=str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError, pikepdf.PdfError) as error:
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
        scale = _A4_LONG_SIDE / max(pixels_x, pixels_y)
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


def _from_image(image: Image.Image) -> PageImage:
    width, height = displayed_size(image)
    upright = ImageOps.exif_transpose(image)
    grey, colour = _arrays(upright)
    return PageImage(grey, colour, width, height, dpi=grey.shape[1] * 72 / width)


def _arrays(image: Image.Image) -> tuple[Grey, npt.NDArray[np.uint8] | None]:
    """8-bit grey and, where there is colour, RGB; transparency is laid on white paper."""
    if image.mode.startswith("I") or image.mode == "F":
        deep = np.asarray(image, dtype=np.float32)
        top = 65535.0 if deep.max(initial=0) > 255 else 255.0
        return (deep * (255.0 / top)).clip(0, 255).astype(np.uint8), None
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L")), None
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    rgb = image.convert("RGB")
    return np.asarray(rgb.convert("L")), np.asarray(rgb)


def _from_pdf(path: Path, number: int, limits: IntakeSettings) -> PageImage:
    with pikepdf.open(path, suppress_warnings=True) as pdf:
        page = pdf.pages[number - 1]
        embedded = _single_scan(page)
        if embedded is not None:
            declared = int(embedded.get("/Width", 0)), int(embedded.get("/Height", 0))
            check_size(path.name, number, *declared, limits)
            try:
                image: Image.Image | None = pikepdf.PdfImage(embedded).as_pil_image()
            except (pikepdf.PdfError, NotImplementedError, ValueError, OSError, TypeError):
                image = None  # an encoding only the renderer knows (JBIG2, odd colour spaces)
            if image is not None and not embedded.get("/SMask") and not embedded.get("/ImageMask"):
                return _placed(image, page)
    return _rendered(path, number, limits)


def _single_scan(page: pikepdf.Page) -> pikepdf.Stream | None:
    """The one image that makes up the page, drawn upright over (nearly) all of it, or ``None``."""
    images = page.get_images(recursive=False)
    if len(images) != 1:
        return None
    box = [float(side) for side in page.cropbox]
    page_area = abs((box[2] - box[0]) * (box[3] - box[1]))
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


def _placed(image: Image.Image, page: pikepdf.Page) -> PageImage:
    box = [float(side) for side in page.cropbox]
    unit = float(str(page.obj.get("/UserUnit", 1)))
    width, height = abs(box[2] - box[0]) * unit, abs(box[3] - box[1]) * unit
    turns = (_rotation(page) // 90) % 4
    grey, colour = _arrays(image)
    # /Rotate is clockwise, rot90 counts anticlockwise.
    grey = np.rot90(grey, -turns)
    colour = None if colour is None else np.rot90(colour, -turns)
    if turns % 2:
        width, height = height, width
    return PageImage(
        np.ascontiguousarray(grey),
        None if colour is None else np.ascontiguousarray(colour),
        width,
        height,
        dpi=grey.shape[1] * 72 / width,
    )


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
            check_size(
                path.name, number, width * _RENDER_DPI / 72, height * _RENDER_DPI / 72, limits
            )
            bitmap = page.render(scale=_RENDER_DPI / 72, may_draw_forms=True)
            grey, colour = _arrays(bitmap.to_pil())
        except pdfium.PdfiumError as error:
            raise DamagedFile(file=path.name, detail=f"page {number}: {error}") from error
    return PageImage(grey.copy(), colour, width, height, dpi=_RENDER_DPI)
