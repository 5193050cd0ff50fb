"""hOCR and ALTO: valid by the checks of their own worlds, and hostile text does not break them."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from copies.alto import NAMESPACE, alto
from copies.hocr import hocr
from dossiers.reading import Box, Cell, PageOutcome, PageReading, Word

# What ALTO's schema needs of XLink: that its simple links exist.
_XLINK = b"""<?xml version="1.0"?>
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink">
  <xsd:attributeGroup name="simpleLink"/>
</xsd:schema>"""


class _Local(etree.Resolver):
    def resolve(self, url: str, _id: str, context: object) -> object:
        return self.resolve_string(_XLINK, context) if "xlink" in url else None


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    path = Path(sys.prefix) / "schemas" / "alto-4-4.xsd"
    assert path.exists(), "script/setup --dev fetches the ALTO schema"
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.parse(path, parser))


def word(text: str, x: float, y: float, line: int, *, edges: bool = True) -> Word:
    width = 6.0 * max(1, len(text))
    box = Box(x, y, x + width, y + 14)
    places = tuple(x + 6.0 * index for index in range(len(text) + 1)) if edges else ()
    return Word(text, box, 0.93, line, places)


def page(words: list[Word], cells: tuple[Cell, ...] = ()) -> PageReading:
    return PageReading(
        number=1, width=595.3, height=841.9, dpi=300, rotation=0, skew=0.4,
        outcome=PageOutcome.OK, engine="fast", words=tuple(words), cells=cells,
    )  # fmt: skip


def table_page() -> PageReading:
    cells = tuple(
        Cell(0, row, column, 1, 1, Box(x, y, x + 200, y + 40))
        for row, y in enumerate((300, 340))
        for column, x in enumerate((60, 260))
    )
    words = [word("CỘNG", 60, 60, 0), word("HÒA", 90, 60, 0), word("Số:", 60, 90, 1, edges=False)]
    words += [word(f"ô{n}", 70 + 200 * (n % 2), 310 + 40 * (n // 2), 2 + n) for n in range(4)]
    return page(words, cells)


def test_alto_is_valid_by_its_published_schema(schema: etree.XMLSchema) -> None:
    tree = etree.fromstring(
        alto([table_page(), replace(page([]), number=2)], "đơn & tờ khai.pdf", "sohoa 1 (fast)")
    )
    schema.assertValid(tree)
    names = {"a": NAMESPACE}
    assert tree.xpath("string(//a:fileName)", namespaces=names) == "đơn & tờ khai.pdf"
    (table,) = tree.xpath("//a:ComposedBlock[@TYPE='table']", namespaces=names)
    assert table.xpath("a:TextBlock/a:TextLine/a:String/@CONTENT", namespaces=names) == [
        "ô0", "ô1", "ô2", "ô3",
    ]  # fmt: skip
    first = tree.xpath("//a:String[@CONTENT='CỘNG']", namespaces=names)[0]
    assert int(first.get("HPOS")) == round(60 * 300 / 72)
    assert "".join(first.xpath("a:Glyph/@CONTENT", namespaces=names)) == "CỘNG"


def test_hocr_passes_hocr_check(tmp_path: Path) -> None:
    path = tmp_path / "page.hocr"
    path.write_bytes(hocr([table_page()], "đơn.pdf", "sohoa 1 (fast)"))
    program = Path(sys.executable).with_name("hocr-check")
    checked = subprocess.run([program, path], capture_output=True, text=True, check=True)
    verdicts = [line.split()[0] for line in (checked.stdout + checked.stderr).splitlines() if line]
    assert verdicts
    assert "not" not in verdicts
    tree = etree.parse(path)
    words = tree.xpath("//*[@class='ocrx_word']")
    assert ["".join(item.itertext()) for item in words][:3] == ["CỘNG", "HÒA", "Số:"]
    assert "x_wconf 93" in words[0].get("title")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=8), max_size=6), st.text(max_size=20))
def test_no_text_breaks_the_xml(texts: list[str], name: str) -> None:
    reading = page([word(text, 50, 50 + 20 * n, n) for n, text in enumerate(texts)])
    for written in (alto([reading], name, "x"), hocr([reading], name, "x")):
        etree.parse(io.BytesIO(written))
