"""Pages drawn for the tests, in the typeface of Vietnamese offices."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw, ImageFont

LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Kính gửi: Ủy ban nhân dân xã Văn Giang, tỉnh Hưng Yên",
    "Tôi tên là: Nguyễn Thị Ví Dụ, sinh ngày 05/03/1990",
    "Đề nghị quý cơ quan xem xét, giải quyết theo quy định.",
    "Tôi xin cam đoan những nội dung trên đây là đúng sự thật.",
)
_FONTS = ("liberation2", "liberation", "liberation-serif")


def font(pixels: int) -> ImageFont.FreeTypeFont:
    for folder in _FONTS:
        path = Path("/usr/share/fonts/truetype") / folder / "LiberationSerif-Regular.ttf"
        if path.exists():
            return ImageFont.truetype(str(path), pixels)
    raise AssertionError("Liberation Serif is missing: apt-get install fonts-liberation2")


def page(lines: Sequence[str] = LINES, dpi: int = 200, skew: float = 0.0) -> Image.Image:
    """An A4 page in colour with the lines printed at 14 pt."""
    image = Image.new("RGB", (round(8.27 * dpi), round(11.69 * dpi)), "white")
    draw = ImageDraw.Draw(image)
    face = font(round(14 * dpi / 72))
    for index, line in enumerate(lines):
        draw.text((dpi, dpi + index * dpi * 0.4), line, font=face, fill=(20, 20, 30))
    return image.rotate(-skew, fillcolor="white", resample=Image.Resampling.BICUBIC)


def scan_pdf(path: Path, image: Image.Image, rotate: int = 0, dpi: int = 200) -> Path:
    """A PDF whose one page is the image as a JPEG stream."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    width, height = image.width * 72 / dpi, image.height * 72 / dpi
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(width, height))
        picture = pdf.make_stream(
            buffer.getvalue(),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=image.width,
            Height=image.height,
            ColorSpace=pikepdf.Name.DeviceGray if image.mode == "L" else pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        one = pdf.pages[0]
        one.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
        one.obj.Contents = pdf.make_stream(f"q {width} 0 0 {height} 0 0 cm /Im0 Do Q".encode())
        one.obj.Rotate = rotate
        pdf.save(path, deterministic_id=True)  # the same picture is the same file
    return path
