"""Encoded images to the two arrays that reading needs: grey, and colour at half its size.

A colour A4 at 300 dpi is 26 MB; its colour is only needed to tell seals from print, so it is decoded
at half size, and a scan of more than 480 dpi is reduced while it is decoded.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from extractors.connected import Grey
from extractors.tones import tone

Colour = npt.NDArray[np.uint8]

# Below this print loses detail that recognition needs.
_LEAST_DPI = 240.0
# A page is coloured if this share of it is.
_COLOURED, _SATURATION = 2e-4, 40
_TAIL = 4096

_REDUCED_GREY = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_REDUCED_COLOUR = {
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def reduction(dpi: float) -> int:
    """By what (1, 2, 4 or 8) a scan of this resolution is made smaller."""
    return next(
        (factor for factor in (8, 4, 2) if dpi / factor >= _LEAST_DPI),
        1,
    )


def from_jpeg(data: bytes, dpi: float) -> tuple[Grey, Colour | None] | None:
    """Grey and half-size colour of a JPEG in the usual encodings; ``None`` if it is an unusual one.

    The Exif turn is not applied.
    """
    with Image.open(io.BytesIO(data)) as header:
        usual = header.format == "JPEG" and header.mode in ("L", "RGB")
        coloured = header.mode == "RGB"
    # A stream that was cut short would be decoded as far as it goes, without a word.
    if not usual or b"\xff\xd9" not in data[-_TAIL:]:
        return None
    factor = reduction(dpi)
    encoded = np.frombuffer(data, np.uint8)
    grey = cv2.imdecode(encoded, _REDUCED_GREY[factor] | cv2.IMREAD_IGNORE_ORIENTATION)
    if grey is None:
        return None
    if not coloured or 2 * factor not in _REDUCED_COLOUR:
        return np.asarray(grey), None
    flags = _REDUCED_COLOUR[2 * factor] | cv2.IMREAD_IGNORE_ORIENTATION
    colour = cv2.imdecode(encoded, flags)
    if colour is None:
        return None
    return np.asarray(grey), _if_coloured(np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2RGB)))


def from_image(image: Image.Image, dpi: float) -> tuple[Grey, Colour | None]:
    """Grey and half-size colour of any picture; transparency is laid on white paper."""
    factor = reduction(dpi)
    if image.mode.startswith("I") or image.mode == "F":
        deep = np.asarray(image, dtype=np.float32)
        top = 65535.0 if deep.max(initial=0) > 255 else 255.0
        image = Image.fromarray((deep * (255.0 / top)).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    if image.mode in ("1", "L"):
        plain = image.convert("L")
        return np.asarray(plain.reduce(factor) if factor > 1 else plain), None
    # Converting to the same mode copies, and an A3 of 600 dpi takes 200 MB.
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    if factor > 1:
        rgb = rgb.reduce(factor)
    return np.asarray(rgb.convert("L")), _if_coloured(np.asarray(rgb.reduce(2)))


def exif_turned(grey: Grey, colour: Colour | None, orientation: int) -> tuple[Grey, Colour | None]:
    """Both as the Exif orientation (1 to 8) says they are to be seen."""
    return _turned(grey, orientation), None if colour is None else _turned(colour, orientation)


def _turned(array: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)


def exif_orientation(image: Image.Image) -> int:
    """The orientation an image file states, 1 (none) if it states none."""
    stated = image.getexif().get(ExifTags.Base.Orientation, 1)
    return stated if isinstance(stated, int) and 1 <= stated <= 8 else 1


def _if_coloured(colour: Colour) -> Colour | None:
    """The picture, if any part of it is more than a tinted grey."""
    size = max(1, colour.shape[1] // 3), max(1, colour.shape[0] // 3)
    sample = cv2.resize(colour, size, interpolation=cv2.INTER_NEAREST)
    red, green, blue = cv2.split(sample)
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    # Tinted paper is no colour; what stands out from it is.
    vivid = np.count_nonzero(spread > _SATURATION + tone(spread, 0.5))
    return colour if vivid > _COLOURED * spread.size else None
