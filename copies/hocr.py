"""A reading as hOCR 1.2: HTML with the places of pages, lines, words and characters.

Places are pixels of the upright page at its scan's resolution (300 dpi where it is no scan).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from copies.text_layer import clean
from dossiers.reading import Box, PageReading, Word

_PIXELS = 300.0
_NAMESPACE = "http://www.w3.org/1999/xhtml"
_CAPABILITIES = "ocr_page ocr_line ocrx_word ocrx_cinfo ocrp_lang ocrp_wconf"


def hocr(pages: Sequence[PageReading], title: str, software: str) -> bytes:
    """The document as UTF-8 XHTML; ``software`` names and dates what read it."""
    html = etree.Element("html", nsmap={None: _NAMESPACE})
    html.set("{http://www.w3.org/XML/1998/namespace}lang", "vi")
    html.set("lang", "vi")
    head = etree.SubElement(html, "head")
    etree.SubElement(head, "title").text = _plain(title)
    for name, content in (
        ("ocr-system", _plain(software)),
        ("ocr-capabilities", _CAPABILITIES),
        ("ocr-number-of-pages", str(len(pages))),
        ("ocr-langs", "vi"),
    ):
        etree.SubElement(head, "meta", name=name, content=content)
    body = etree.SubElement(html, "body")
    for page in pages:
        _add_page(body, page)
    written: bytes = etree.tostring(
        html,
        xml_declaration=True,
        encoding="UTF-8",
        pretty_print=True,
        doctype='<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
    )
    return written


def _plain(text: str) -> str:
    """Without what XML cannot hold."""
    return " ".join(clean(word) for word in text.split())


def _add_page(body: etree._Element, page: PageReading) -> None:
    dpi = page.dpi or _PIXELS
    scale = dpi / 72
    name = f"page_{page.number}"
    box = _bbox(Box(0, 0, page.width, page.height), scale)
    facts = f"{box}; ppageno {page.number - 1}; scan_res {round(dpi)} {round(dpi)}"
    sheet = etree.SubElement(body, "div", {"class": "ocr_page"}, id=name, title=facts)
    for number, words in enumerate(page.lines(), start=1):
        written = [word for word in words if clean(word.text)]
        if written:
            _add_line(sheet, written, f"{name}_{number}", scale)


def _add_line(sheet: etree._Element, words: list[Word], name: str, scale: float) -> None:
    around = Box.around(word.box for word in words)
    title = f"{_bbox(around, scale)}; x_size {scale * max(w.box.height for w in words):.1f}"
    line = etree.SubElement(sheet, "span", {"class": "ocr_line"}, id=f"line_{name}", title=title)
    for index, word in enumerate(words, start=1):
        _add_word(line, word, f"{name}_{index}", scale)


def _add_word(line: etree._Element, word: Word, name: str, scale: float) -> None:
    title = f"{_bbox(word.box, scale)}; x_wconf {int(100 * word.confidence)}"
    item = etree.SubElement(
        line, "span", {"class": "ocrx_word"}, id=f"word_{name}", title=title, lang="vi"
    )
    text = clean(word.text)
    if len(word.edges) != len(text) + 1:
        item.text = text
    else:
        for character, x0, x1 in zip(text, word.edges, word.edges[1:], strict=False):
            box = Box(x0, word.box.y0, x1, word.box.y1)
            place = f"x_bboxes {_numbers(box, scale)}"
            etree.SubElement(item, "span", {"class": "ocrx_cinfo"}, title=place).text = character
    item.tail = " "


def _bbox(box: Box, scale: float) -> str:
    return f"bbox {_numbers(box, scale)}"


def _numbers(box: Box, scale: float) -> str:
    corners: Iterable[float] = (box.x0, box.y0, box.x1, box.y1)
    return " ".join(str(max(0, round(corner * scale))) for corner in corners)
