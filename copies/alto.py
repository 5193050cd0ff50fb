"""A reading as ALTO 4 (Library of Congress), which archives and text editions take in.

Places are pixels of the upright page at its scan's resolution (300 dpi where it is no scan). Cells of
ruled tables are text blocks of one composed block.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lxml import etree

from copies.text_layer import clean
from dossiers.reading import Box, Cell, PageReading, Word

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PIXELS = 300.0

Line = tuple[Word, ...]


def alto(pages: Sequence[PageReading], file_name: str, software: str) -> bytes:
    """The document as UTF-8 XML."""
    root = etree.Element(_tag("alto"), nsmap={None: NAMESPACE, "xsi": _XSI})
    root.set(f"{{{_XSI}}}schemaLocation", f"{NAMESPACE} {SCHEMA}")
    description = etree.SubElement(root, _tag("Description"))
    etree.SubElement(description, _tag("MeasurementUnit")).text = "pixel"
    source = etree.SubElement(description, _tag("sourceImageInformation"))
    etree.SubElement(source, _tag("fileName")).text = _plain(file_name)
    processing = etree.SubElement(description, _tag("Processing"), ID="READING")
    step = etree.SubElement(processing, _tag("processingSoftware"))
    etree.SubElement(step, _tag("softwareName")).text = _plain(software)
    layout = etree.SubElement(root, _tag("Layout"))
    for page in pages:
        _add_page(layout, page)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _plain(text: str) -> str:
    """Without what XML cannot hold."""
    return " ".join(clean(word) for word in text.split())


def _add_page(layout: etree._Element, page: PageReading) -> None:
    scale = (page.dpi or _PIXELS) / 72
    width, height = round(page.width * scale), round(page.height * scale)
    sheet = etree.SubElement(
        layout, _tag("Page"), ID=f"P{page.number}", PHYSICAL_IMG_NR=str(page.number),
        WIDTH=str(width), HEIGHT=str(height), LANG="vi",
    )  # fmt: skip
    whole = _place(Box(0, 0, page.width, page.height), scale)
    space = etree.SubElement(sheet, _tag("PrintSpace"), whole)
    lines = [
        line
        for line in (tuple(w for w in words if clean(w.text)) for words in page.lines())
        if line
    ]
    placed = [(_cell_of(line, page.cells), line) for line in lines]
    tables: dict[int, etree._Element] = {}
    for number, (cell, group) in enumerate(groupby(placed, key=lambda item: item[0]), start=1):
        parent = space
        if cell is not None:
            parent = tables.get(cell.table)
            if parent is None:
                parent = _add_table(space, page, cell.table, scale)
                tables[cell.table] = parent
        name = f"P{page.number}B{number}"
        _add_block(parent, [line for _, line in group], name, scale)


def _cell_of(line: Line, cells: tuple[Cell, ...]) -> Cell | None:
    x, y = Box.around(word.box for word in line).centre
    for cell in cells:
        if cell.box.x0 <= x < cell.box.x1 and cell.box.y0 <= y < cell.box.y1:
            return cell
    return None


def _add_table(
    space: etree._Element, page: PageReading, table: int, scale: float
) -> etree._Element:
    box = Box.around(cell.box for cell in page.cells if cell.table == table)
    return etree.SubElement(
        space,
        _tag("ComposedBlock"),
        {"ID": f"P{page.number}T{table + 1}", "TYPE": "table", **_place(box, scale)},
    )


def _add_block(parent: etree._Element, lines: list[Line], name: str, scale: float) -> None:
    around = Box.around(word.box for line in lines for word in line)
    block = etree.SubElement(parent, _tag("TextBlock"), {"ID": name, **_place(around, scale)})
    for number, line in enumerate(lines, start=1):
        box = Box.around(word.box for word in line)
        row = etree.SubElement(
            block, _tag("TextLine"), {"ID": f"{name}L{number}", **_place(box, scale)}
        )
        for index, word in enumerate(line, start=1):
            if index > 1:
                gap = Box(line[index - 2].box.x1, box.y0, word.box.x0, box.y1)
                if gap.width > 0:
                    etree.SubElement(
                        row, _tag("SP"), HPOS=_number(gap.x0 * scale), VPOS=_number(gap.y0 * scale),
                        WIDTH=_number(gap.width * scale),
                    )  # fmt: skip
            _add_word(row, word, f"{name}L{number}W{index}", scale)


def _add_word(row: etree._Element, word: Word, name: str, scale: float) -> None:
    text = clean(word.text)
    facts = {"ID": name, "CONTENT": text, "WC": f"{word.confidence:.3f}"}
    string = etree.SubElement(row, _tag("String"), {**facts, **_place(word.box, scale)})
    if len(word.edges) == len(text) + 1:
        for index, character in enumerate(text):
            x0, x1 = word.edges[index], word.edges[index + 1]
            place = _place(Box(x0, word.box.y0, x1, word.box.y1), scale)
            etree.SubElement(string, _tag("Glyph"), {"CONTENT": character, **place})


def _place(box: Box, scale: float) -> dict[str, str]:
    return {
        "HPOS": _number(box.x0 * scale),
        "VPOS": _number(box.y0 * scale),
        "WIDTH": _number(max(0.0, box.width) * scale),
        "HEIGHT": _number(max(0.0, box.height) * scale),
    }


def _number(value: float) -> str:
    return str(max(0, round(value)))
