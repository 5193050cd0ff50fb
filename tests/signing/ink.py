"""Generated pictures of a signature and a seal, and papers to put them on; nothing of a real agency."""

from __future__ import annotations

import math
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pikepdf
import pikepdf.pdfa
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from signing.fonts import find_font

RED = (206, 24, 32, 255)
BLUE = (22, 56, 160, 255)


def seal_picture(path: Path, side: int = 850, colour: tuple[int, int, int, int] = RED) -> Path:
    """A round seal that says it is a sample; a margin of a tenth is left around the ring."""
    scale = 2
    size = side * scale
    image = Image.new("RGBA", (size, size), (*colour[:3], 0))
    draw = ImageDraw.Draw(image)
    margin = size // 10
    ring = max(2, size // 90)
    draw.ellipse((margin, margin, size - margin, size - margin), outline=colour, width=ring * 2)
    inner = margin + size // 7
    draw.ellipse((inner, inner, size - inner, size - inner), outline=colour, width=ring)
    middle, reach = size / 2, size / 6
    star = [
        (
            middle + (reach if point % 2 == 0 else reach * 0.4) * math.sin(point * math.pi / 5),
            middle - (reach if point % 2 == 0 else reach * 0.4) * math.cos(point * math.pi / 5),
        )
        for point in range(10)
    ]
    draw.polygon(star, fill=colour)
    font = ImageFont.truetype(find_font("LiberationSans-Bold.ttf"), size // 14)
    _around(image, "MẪU CON DẤU", font, colour, middle, size / 2 - margin - size * 0.073, top=True)
    _around(image, "THỬ NGHIỆM", font, colour, middle, size / 2 - margin - size * 0.073, top=False)
    image.resize((side, side), Image.Resampling.LANCZOS).save(path)
    return path


def _around(
    image: Image.Image, text: str, font: ImageFont.FreeTypeFont, colour: tuple[int, ...],
    middle: float, radius: float, *, top: bool,
) -> None:  # fmt: skip
    """Letters along a circle, read from within below and from without above."""
    step = 0.19 if top else -0.19
    start = -step * (len(text) - 1) / 2
    for index, letter in enumerate(text):
        angle = start + step * index + (0 if top else math.pi)
        tile = Image.new("RGBA", (font.size * 2, font.size * 2), (*colour[:3], 0))
        ImageDraw.Draw(tile).text(
            (font.size, font.size), letter, font=font, fill=tuple(colour), anchor="mm"
        )
        turned = tile.rotate(-math.degrees(angle if top else angle - math.pi), resample=3)
        x = middle + radius * math.sin(angle) - font.size
        y = middle - radius * math.cos(angle) - font.size
        image.alpha_composite(turned, (round(x), round(y)))


def signature_picture(path: Path, colour: tuple[int, int, int, int] = BLUE) -> Path:
    """A pen stroke in blue with the words that it is a trial."""
    width, height = 1200, 560
    image = Image.new("RGBA", (width, height), (*colour[:3], 0))
    draw = ImageDraw.Draw(image)
    points = [
        (
            120 + 9.4 * t + 60 * math.sin(t / 9),
            280 - 170 * math.exp(-t / 60) * math.cos(t / 6.5) + 30 * math.sin(t / 23),
        )
        for t in range(101)
    ]
    for before, after in pairwise(points):
        draw.line((before, after), fill=colour, width=14)
        draw.ellipse((after[0] - 7, after[1] - 7, after[0] + 7, after[1] + 7), fill=colour)
    draw.line((140, 470, 1080, 400), fill=colour, width=10)
    font = ImageFont.truetype(find_font("LiberationSans-Bold.ttf"), 52)
    draw.text((640, 470), "THỬ NGHIỆM", font=font, fill=colour)
    image.save(path)
    return path


def decision(path: Path, rotate: int = 0, crop: tuple[float, float] = (0, 0)) -> Path:
    """A born-electronic decision, PDF/A-3, with an appendix after its sign-off block.

    ``crop`` moves the origin of the media box; ``rotate`` turns what is drawn so that the page is
    read upright.
    """
    pdf = FPDF(format="A4", unit="mm")
    pdf.set_margins(30, 20, 20)
    for style, file in (("", "Regular"), ("B", "Bold"), ("I", "Italic")):
        pdf.add_font("Serif", style, find_font(f"LiberationSerif-{file}.ttf"))
    pdf.add_page()
    pdf.set_font("Serif", "B", 13)
    pdf.text(36, 25, "ỦY BAN NHÂN DÂN")
    pdf.text(112, 25, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    pdf.text(38, 31, "XÃ VĂN GIANG")
    pdf.text(127, 31, "Độc lập - Tự do - Hạnh phúc")
    pdf.set_xy(30, 55)
    pdf.cell(160, 8, "QUYẾT ĐỊNH", align="C")
    pdf.set_font("Serif", "", 14)
    pdf.set_xy(30, 70)
    body = (
        "Căn cứ Luật Tổ chức chính quyền địa phương; theo đề nghị của Chủ tịch Hội đồng; "
        "Điều 1. Nội dung thử nghiệm, không có giá trị pháp lý. "
    )
    pdf.multi_cell(160, 7, body * 6, align="J")
    pdf.set_font("Serif", "", 11)
    pdf.text(30, 204, "- Như Điều 3;")
    pdf.text(30, 209, "- Lưu: VT.")
    pdf.set_font("Serif", "B", 13)
    pdf.set_xy(110, 196)
    pdf.cell(77, 6, "TM. ỦY BAN NHÂN DÂN", align="C")
    pdf.set_xy(110, 202)
    pdf.cell(77, 6, "CHỦ TỊCH", align="C")
    pdf.set_xy(110, 236)
    pdf.cell(77, 6, "Đỗ Thị Ví Dụ", align="C")
    pdf.add_page()
    pdf.set_font("Serif", "B", 14)
    pdf.set_xy(30, 25)
    pdf.cell(160, 8, "Phụ lục I", align="C")
    with pikepdf.open(BytesIO(bytes(pdf.output()))) as made:
        del made.Root.OpenAction
        for page in made.pages:
            _turn(made, page, rotate, crop)
        pikepdf.pdfa.save(made, path, "3b", output_intent="sRGB")
    return path


def _turn(pdf: pikepdf.Pdf, page: pikepdf.Page, rotate: int, crop: tuple[float, float]) -> None:
    """The same page seen, stored turned and with another origin."""
    width, height = (float(side) for side in page.mediabox[2:])
    x, y = crop
    matrix = {
        0: (1, 0, 0, 1, x, y),
        90: (0, 1, -1, 0, x + height, y),
        180: (-1, 0, 0, -1, x + width, y + height),
        270: (0, -1, 1, 0, x, y + width),
    }[rotate]
    page.contents_add(f"q {' '.join(map(str, matrix))} cm".encode(), prepend=True)
    page.contents_add(b"Q")
    across, along = (height, width) if rotate % 180 else (width, height)
    page.obj.MediaBox = pikepdf.Array([x, y, x + across, y + along])
    page.obj.Rotate = rotate
    del pdf
