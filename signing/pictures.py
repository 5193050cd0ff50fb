"""Pictures of signatures and seals: checked when loaded, drawn as ink (NĐ 30/2020, Phụ lục I).

PNG with transparency, the signature blue, the seal red and round. What lies around the ink is cut
off, so that a seal's size is that of its ring, not of the file's margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from dossiers.errors import UnfitPicture

MOST_BYTES = 2 * 1024 * 1024
_MOST_PIXELS = 16_000_000
_LEAST_SIDE = 100  # pixels; a seal of 36 mm then still has 70 dpi
_INK = 64  # alpha above which a pixel is ink
_MAGIC = b"\x89PNG\r\n\x1a\n"


class PictureKind(StrEnum):
    """What a picture shows."""

    SIGNATURE = "signature"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture cut to its ink, RGBA; ``aspect`` is width by height."""

    kind: PictureKind
    image: Image.Image

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.image.width / self.image.height


def load_picture(path: Path, kind: PictureKind) -> Picture:
    """A picture that may stand on a document.

    Raises:
        UnfitPicture: not a PNG, damaged, too large or too small, opaque, of a wrong shape or colour.
    """

    def unfit(vi: str, en: str) -> UnfitPicture:
        return UnfitPicture(file=path.name, detail=f"{vi} / {en}")

    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            megabytes = size / 1024 / 1024
            raise unfit(
                f"{megabytes:.1f} MB, vượt quá {MOST_BYTES >> 20} MB",
                f"{megabytes:.1f} MB, more than {MOST_BYTES >> 20} MB",
            )
        content = path.open("rb")
    except OSError as error:
        raise unfit("không đọc được", f"cannot be read: {error.strerror}") from error
    with content:
        if content.read(len(_MAGIC)) != _MAGIC:
            raise unfit("không phải tệp PNG", "not a PNG file")
        content.seek(0)
        try:
            image, transparent = _decoded(content)
        except Image.DecompressionBombError as error:
            raise unfit("quá nhiều điểm ảnh", f"more than {_MOST_PIXELS:,} pixels") from error
        except (OSError, ValueError, SyntaxError) as error:
            raise unfit("tệp PNG bị hỏng", f"damaged PNG: {error}") from error
    alpha = np.asarray(image)[..., 3]
    ink = alpha > _INK
    if not transparent or ink.mean() > 0.9:
        raise unfit("nền không trong suốt", "the background is not transparent")
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        raise unfit("ảnh trống", "nothing is drawn in it")
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    cut = Picture(kind, _clean(image.crop(box)))
    fault = _fault(cut)
    if fault is not None:
        raise unfit(*fault)
    return cut


def _decoded(file: BinaryIO) -> tuple[Image.Image, bool]:
    """The picture as RGBA, and whether it had transparency of its own."""
    picture = Image.open(file, formats=["PNG"])
    if picture.width * picture.height > _MOST_PIXELS:
        raise Image.DecompressionBombError
    return picture.convert("RGBA"), picture.has_transparency_data


def _clean(image: Image.Image) -> Image.Image:
    """The picture with nothing hidden under full transparency: it compresses better."""
    pixels = np.array(image)
    pixels[pixels[..., 3] == 0] = 0
    return Image.fromarray(pixels)


def _fault(picture: Picture) -> tuple[str, str] | None:
    """What is wrong with the ink's size, shape or colour, in two languages."""
    width, height = picture.image.size
    if max(width, height) < _LEAST_SIDE:
        return f"chỉ {width}×{height} điểm ảnh", f"only {width}×{height} pixels of ink"
    pixels = np.asarray(picture.image)
    red, _, blue = pixels[..., :3][pixels[..., 3] > _INK].astype(np.float64).mean(axis=0)
    if picture.kind is PictureKind.SEAL:
        if not 0.92 <= picture.aspect <= 1.09:
            return "hình dấu không tròn", f"the seal is not round ({width}×{height})"
        if red < blue + 40:
            return "hình dấu phải màu đỏ", "the seal must be red"
        return None
    if not 0.5 <= picture.aspect <= 8:
        return "hình chữ ký quá dài hoặc quá cao", f"odd shape for a signature ({width}×{height})"
    if blue < red + 20:
        return "hình chữ ký phải màu xanh", "the signature must be blue"
    return None
