"""The typeface of texts in marks: measured, cut down to the letters used, and put into PDFs.

A batch of documents says the same of each but the time. So the subset for a set of letters is made
once and kept: every further document gets bytes that lie ready.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from string import ascii_uppercase

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.writer import BasePdfFileWriter

# What times are written with: the subset stays the same from one second to the next.
_ALWAYS = frozenset("0123456789+-:T")
_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{body}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


@dataclass(frozen=True)
class Typeface:
    """Widths of letters in ems; a letter that the font lacks is shown, and measured, as ``.notdef``."""

    file: Path
    widths: Mapping[str, float]
    missing: float

    def width(self, text: str, size: float) -> float:
        """How long a text is, in points."""
        return size * sum(self.widths.get(letter, self.missing) for letter in text)

    def subset(self, text: str) -> Subset:
        """The font with the letters of a text, and those of any time."""
        return _subset(self.file, frozenset(text) | _ALWAYS)


@lru_cache(maxsize=8)
def typeface(file: Path) -> Typeface:
    """The typeface of a font file with 1000 units an em (:mod:`signing.fonts`)."""
    font = TTFont(file)
    em, metrics = font["head"].unitsPerEm, font["hmtx"]
    widths = {chr(code): metrics[name][0] / em for code, name in font.getBestCmap().items()}
    return Typeface(file, widths, metrics[".notdef"][0] / em)


@dataclass(frozen=True)
class Subset:
    """A font for some letters, ready to be put into any number of files.

    ``glyphs`` are by letter; ``advances`` by glyph, in thousandths of an em; ``program`` and
    ``to_unicode`` are deflated; ``length`` is the program's own.
    """

    name: str
    glyphs: Mapping[str, int]
    advances: tuple[int, ...]
    descriptor: Mapping[str, float | tuple[int, ...]]
    program: bytes
    length: int
    to_unicode: bytes

    def shown(self, text: str) -> bytes:
        """The operand and operator that show a text (ISO 32000-1, 9.4.3)."""
        codes = "".join(f"{self.glyphs.get(letter, 0):04x}" for letter in text)
        return f"<{codes}> Tj".encode()

    def embed(self, writer: BasePdfFileWriter) -> generic.IndirectObject:
        """Write the font as a composite font, CIDs being its glyphs (ISO 32000-1, 9.7)."""
        descriptor = {
            "Type": pdf_name("/FontDescriptor"),
            "FontName": pdf_name(f"/{self.name}"),
            "FontFile2": writer.add_object(_deflated(self.program, self.length)),
            **{key: _number(value) for key, value in self.descriptor.items()},
        }
        system = {
            "Registry": pdf_string("Adobe"),
            "Ordering": pdf_string("Identity"),
            "Supplement": generic.NumberObject(0),
        }
        widths = generic.ArrayObject([generic.NumberObject(width) for width in self.advances])
        descendant = {
            "Type": pdf_name("/Font"),
            "Subtype": pdf_name("/CIDFontType2"),
            "BaseFont": pdf_name(f"/{self.name}"),
            "CIDSystemInfo": _dictionary(system),
            "CIDToGIDMap": pdf_name("/Identity"),
            "FontDescriptor": writer.add_object(_dictionary(descriptor)),
            "W": generic.ArrayObject([generic.NumberObject(0), widths]),
        }
        font = {
            "Type": pdf_name("/Font"),
            "Subtype": pdf_name("/Type0"),
            "BaseFont": pdf_name(f"/{self.name}-Identity-H"),
            "Encoding": pdf_name("/Identity-H"),
            "DescendantFonts": generic.ArrayObject([writer.add_object(_dictionary(descendant))]),
            "ToUnicode": writer.add_object(_deflated(self.to_unicode)),
        }
        return writer.add_object(_dictionary(font))


@lru_cache(maxsize=64)
def _subset(file: Path, letters: frozenset[str]) -> Subset:
    font = TTFont(file)
    options = Options(layout_features=[], hinting=False, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(letter) for letter in letters])
    subsetter.subset(font)
    glyphs = {chr(code): font.getGlyphID(name) for code, name in font.getBestCmap().items()}
    advances = tuple(font["hmtx"][name][0] for name in font.getGlyphOrder())
    head, horizontal, os2 = font["head"], font["hhea"], font["OS/2"]
    descriptor = {
        "Ascent": horizontal.ascent,
        "Descent": horizontal.descent,
        "CapHeight": getattr(os2, "sCapHeight", 750),
        "FontBBox": (head.xMin, head.yMin, head.xMax, head.yMax),
        "Flags": 0b110,  # serif, symbolic: its codes are glyphs (table 123)
        "ItalicAngle": 0,
        "StemV": int(10 + 220 * (os2.usWeightClass - 50) / 900),
    }
    postscript = font["name"].getDebugName(6)
    # What no renderer of a composite font looks at (9.9, table 126).
    for table in ("cmap", "name", "OS/2", "post"):
        if table in font:
            del font[table]
    written = BytesIO()
    font.save(written)
    program = written.getvalue()
    return Subset(
        f"{_tag(program)}+{postscript}",
        glyphs,
        advances,
        descriptor,
        zlib.compress(program, 9),
        len(program),
        zlib.compress(_to_unicode(glyphs.items()).encode(), 9),
    )


def _tag(program: bytes) -> str:
    """Six letters, the same for the same subset (9.6.4)."""
    digest = hashlib.sha256(program).digest()
    return "".join(ascii_uppercase[byte % 26] for byte in digest[:6])


def _to_unicode(glyphs: Iterable[tuple[str, int]]) -> str:
    lines = [
        f"<{glyph:04x}> <{letter.encode('utf-16-be').hex()}>"
        for letter, glyph in sorted(glyphs, key=lambda item: item[1])
    ]
    # At most a hundred to a block (Adobe Technical Note 5411).
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    body = "\n".join(
        "\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks
    )
    return _CMAP.format(body=body)


def _deflated(data: bytes, length: int | None = None) -> generic.StreamObject:
    stream = generic.StreamObject(
        {pdf_name("/Filter"): pdf_name("/FlateDecode")}, encoded_data=data
    )
    if length is not None:
        stream[pdf_name("/Length1")] = generic.NumberObject(length)
    return stream


def _dictionary(entries: Mapping[str, object]) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})


def _number(value: float | tuple[int, ...]) -> generic.PdfObject:
    if isinstance(value, tuple):
        return generic.ArrayObject([generic.NumberObject(part) for part in value])
    return generic.NumberObject(value)
