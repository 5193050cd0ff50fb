"""The invisible text over a page: what selecting, copying and searching in a viewer finds.

The text is drawn in rendering mode 3 (ISO 32000-1, 9.3.6) with a font whose only glyph has no
area.
Each word is set alone, stretched to its box, and followed by a space that reaches to the next word,
so that extractors which trust positions and those which trust characters agree.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

from dossiers.reading import PageReading, Word

FONT_RESOURCE = "/SohoaText"

_BASE_FONT = "/AAAAAA+SohoaGlyphless"
_EM = 1000
_ADVANCE = 500
# Together one em, so that a font size is the height of a word's box.
_ASCENT = 800
_DESCENT = -200
# Beyond this a box's own lean is the recogniser's mistake, not the paper's.
_STEEPEST = 20.0
_FARTHEST = 14_400.0
_BFCHARS_A_BLOCK = 100  # Adobe Technical Note 5411, 1.4.1


@dataclass(frozen=True, slots=True)
class PageFrame:
    """The visible rectangle of a page in user space, its clockwise ``rotate`` and ``unit``.

    ``unit`` is the size of a user space unit in points (ISO 32000-1, table 30, UserUnit).
    """

    x0: float
    y0: float
    x1: float
    y1: float
    rotate: int
    unit: float = 1.0

    @property
    def displayed(self) -> tuple[float, float]:
        """Width and height in points as a viewer shows the page."""
        width, height = (self.x1 - self.x0) * self.unit, (self.y1 - self.y0) * self.unit
        return (height, width) if self.rotate % 180 else (width, height)

    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """From points of the displayed page, origin bottom left and y upwards, to user space."""
        s = 1 / self.unit
        match self.rotate % 360:
            case 90:
                return 0, s, -s, 0, self.x1, self.y0
            case 180:
                return -s, 0, 0, -s, self.x1, self.y1
            case 270:
                return 0, -s, s, 0, self.x0, self.y1
            case _:
                return s, 0, 0, s, self.x0, self.y0


class TextFont:
    """The glyphless font of one document; characters get their codes in order of code point."""

    def __init__(self, pages: Iterable[PageReading]) -> None:
        used = {" "}
        for page in pages:
            for word in page.words:
                used.update(clean(word.text))
        self._codes = {char: code for code, char in enumerate(sorted(used), start=1)}
        self._digits = {char: f"{code:04x}" for char, code in self._codes.items()}

    def encode(self, text: str) -> bytes:
        """Text as a hexadecimal PDF string."""
        return b"<%s>" % "".join([self._digits[char] for char in text]).encode()

    def embed(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """The Type 0 font as an indirect object of ``pdf``."""
        program = _glyphless()
        font_file = pdf.make_stream(program, Length1=len(program))
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name(_BASE_FONT),
            Flags=4,
            FontBBox=Array([0, _DESCENT, _EM, _ASCENT]),
            ItalicAngle=0,
            Ascent=_ASCENT,
            Descent=_DESCENT,
            CapHeight=_ASCENT,
            StemV=80,
            FontFile2=font_file,
        )
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name(_BASE_FONT),
            # Every code shows the one glyph.
            CIDToGIDMap=pdf.make_stream(b"\0\0" + b"\0\1" * len(self._codes)),
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=_ADVANCE,
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name(_BASE_FONT),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(descendant)]),
                ToUnicode=pdf.make_stream(self._to_unicode()),
            )
        )

    def _to_unicode(self) -> bytes:
        # One entry a character: a range that crosses a high byte fails PDF/A level U.
        entries = [
            f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for char, code in self._codes.items()
        ]
        blocks = [
            entries[start : start + _BFCHARS_A_BLOCK]
            for start in range(0, len(entries), _BFCHARS_A_BLOCK)
        ]
        body = "\n".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
        )
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()


@lru_cache(maxsize=20_000)  # syllables recur, and each is asked for several times
def clean(text: str) -> str:
    """NFC text without blanks and without what no font may stand for (ISO 19005-3, 6.2.11.7.2)."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable() and " " not in text:
        return text
    return "".join(
        char
        for char in text
        if not char.isspace()
        and unicodedata.category(char) not in {"Cc", "Cs", "Cn", "Co"}
        and char != "\ufeff"
    )


def text_content(page: PageReading, frame: PageFrame, font: TextFont) -> bytes:
    """Content stream operators for the page's words, in reading order; empty if there are none."""
    drawn: list[bytes] = []
    height, sideways = frame.displayed[1], frame.rotate % 180 == 90
    lean = math.radians(page.skew) if abs(page.skew) <= _STEEPEST else 0.0
    for line in page.lines():
        words = [word for word in line if clean(word.text) and _has_area(word)]
        if not words:
            continue
        common = _Bed.under(words, lean)
        for word, following in zip(words, [*words[1:], None], strict=True):
            # A word far off its line (a wrong grouping) lies where it was seen.
            bed = common if common.carries(word) else _Bed.under([word], lean)
            drawn.append(_set_word(word, following, height, bed, font, sideways=sideways))
    if not drawn:
        return b""
    matrix = " ".join(_number(value) for value in frame.matrix())
    # q and Q because the rendering mode outlives ET.
    return b"q %s cm BT 3 Tr\n%s\nET Q\n" % (matrix.encode(), b"\n".join(drawn))


def _has_area(word: Word) -> bool:
    box = word.box
    # Nothing on paper is further off, and far numbers are no PDF/A (ISO 19005-3, 6.1.13).
    near = all(abs(value) <= _FARTHEST for value in (box.x0, box.y0, box.x1, box.y1))
    return near and box.width > 0.01 and box.height > 0.01


@dataclass(frozen=True, slots=True)
class _Bed:
    """One foot line and size for all words of a line; a word's own box has only its own letters.

    With a size to every word, extractors would take "Ủy", "an" and a comma for different lines.
    ``foot`` is the line's y at x = 0, downwards; ``slope`` its fall along x.
    """

    foot: float
    size: float
    lean: float

    @classmethod
    def under(cls, words: list[Word], lean: float) -> _Bed:
        slope = math.tan(lean)
        weights = [len(word.text) for word in words]
        sizes, feet = [], []
        for word in words:
            # A leaning word's box is taller than the word by its rise.
            size = max(word.box.height - abs(word.box.width * slope), 0.4 * word.box.height)
            x, y = word.box.centre
            sizes.append(size)
            feet.append(y + size / 2 - x * slope)
        return cls(_mean(feet, weights), _mean(sizes, weights), lean)

    def carries(self, word: Word) -> bool:
        x, y = word.box.centre
        middle = self.foot - self.size / 2 + x * math.tan(self.lean)
        return abs(y - middle) < self.size and word.box.height < 3 * self.size


def _mean(values: list[float], weights: list[int]) -> float:
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


def _set_word(
    word: Word, following: Word | None, height: float, bed: _Bed, font: TextFont, *, sideways: bool
) -> bytes:
    text, box, size = clean(word.text), word.box, bed.size
    length = box.width
    natural = len(text) * size * _ADVANCE / _EM
    foot = bed.foot + box.centre[0] * math.tan(bed.lean)
    base = height - foot - size * _DESCENT / _EM
    out = (
        f"{FONT_RESOURCE} {_number(size)} Tf {_number(100 * length / natural)} Tz "
        "1 0 0 1 "
        f"{_number(box.x0)} {_number(base)} Tm "
    ).encode()
    out += font.encode(text) + b" Tj"
    if following is None and not sideways:
        return out
    # PDFium sees no line breaks on pages turned sideways: there a space ends the line.
    gap = max(following.box.x0 - box.x1, 0.1 * size) if following else 0.25 * size
    scale = 100 * gap / (size * _ADVANCE / _EM)
    out += f" {_number(scale)} Tz ".encode() + font.encode(" ") + b" Tj"
    return out


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _hairline() -> Glyph:
    """There and back on one diagonal: no area, but the extent of a letter.

    PDFium, so Chrome, takes boxes from outlines: with an empty one it shows no selection and drops
    words of one character.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, _DESCENT))
    pen.lineTo((_ADVANCE, _ASCENT))
    pen.closePath()
    return pen.glyph()


def _glyphless() -> bytes:
    """A TrueType program whose ``.notdef`` and one other glyph draw nothing."""
    builder = FontBuilder(_EM, isTTF=True)
    builder.font.recalcTimestamp = False
    order = [".notdef", "blank"]
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({0x20: "blank"})
    builder.setupGlyf(dict.fromkeys(order, _hairline()))
    builder.setupHorizontalMetrics(dict.fromkeys(order, (_ADVANCE, 0)))
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({"familyName": "SohoaGlyphless", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=_ASCENT, sTypoDescender=_DESCENT, usWinAscent=_ASCENT)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=0, modified=0)
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()
