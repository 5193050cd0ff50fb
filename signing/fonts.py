"""The typeface of visible signatures: Times metrics, all Vietnamese letters, 1000 units an em.

Derived at run time from the system's Liberation Serif, because pyHanko writes glyph widths in font
units where PDF wants thousandths of an em (ISO 32000-1, 9.7.4.3): with 2048 units an em text comes out
twice as wide and PDF/A fails. The subset is renamed, as the font's licence (OFL 1.1) asks.
"""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

from dossiers.errors import FontMissing

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_FILE = "LiberationSerif-Regular.ttf"
_NAME = "Sohoa Serif"
# Basic Latin, Latin-1, Latin Extended-A and -B, combining marks, Vietnamese, punctuation, đồng.
_RANGES = ((0x20, 0x17F), (0x1A0, 0x1B0), (0x300, 0x323), (0x1EA0, 0x1EF9), (0x2010, 0x2026))
_NEEDED = "ẾệỮữặĐđƠơƯư"


def stamp_font(cache: Path) -> Path:
    """The font file, made on first use in the ``cache`` folder.

    Raises:
        FontMissing: Liberation Serif with Vietnamese letters is not installed.
    """
    made = cache / "SohoaSerif-1000.ttf"
    if not made.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        partial = cache / f".{secrets.token_hex(8)}.ttf"
        try:
            _derive(find_font()).save(partial)
            partial.replace(made)
        finally:
            partial.unlink(missing_ok=True)
    return made


def find_font(file: str = _FILE) -> Path:
    """The installed font file of this name that has all Vietnamese letters.

    Raises:
        FontMissing: there is none.
    """
    found = [path for folder in _FOLDERS for path in sorted(folder.rglob(file), reverse=True)]
    for path in found:
        letters = TTFont(path, lazy=True).getBestCmap()
        if all(ord(letter) in letters for letter in _NEEDED):
            return path
    raise FontMissing(font=file, folders=os.pathsep.join(map(str, _FOLDERS)))


def _derive(source: Path) -> TTFont:
    # fontTools reports every table it drops.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = TTFont(source)
    options = Options(
        drop_tables=["FFTM", "DSIG"], layout_features=[], hinting=False, notdef_outline=True
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in _RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    scale_upem(font, 1000)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 16):
            record.string = _NAME
        elif record.nameID == 6:
            record.string = _NAME.replace(" ", "")
    return font
