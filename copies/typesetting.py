"""Pages that we set ourselves: certifications and registers, as PDF/A-3u in Times metrics."""

from __future__ import annotations

import datetime as dt
import io
import os
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

import pikepdf
import pikepdf.pdfa
from fontTools.ttLib import TTFont
from fpdf import FPDF
from pikepdf import Dictionary, Name, String

from copies.payload import Attachment, attach, pdf_date
from dossiers.clock import VIETNAM
from dossiers.errors import FontMissing
from dossiers.text import nfc

MILLIMETRE = 72 / 25.4
FAMILY = "Serif"

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
Style = Literal["", "B", "I"]
_STYLES: dict[Style, str] = {"": "Regular", "B": "Bold", "I": "Italic"}
_NEEDED = "ẾệỮữặĐđƠơƯư"


class Sheet(FPDF):
    """A4 pages in millimetres with the fonts set; page numbers from the second page on."""

    def __init__(self, orientation: Literal["portrait", "landscape"] = "portrait") -> None:
        super().__init__(orientation=orientation, unit="mm", format="A4")
        self.set_margins(30, 20, 20)
        self._letters: set[int] = set()
        self.set_auto_page_break(auto=True, margin=20)
        for style, name in _STYLES.items():
            file = _font(f"LiberationSerif-{name}.ttf")
            self.add_font(FAMILY, style, file)
            letters = set(TTFont(file, lazy=True).getBestCmap())
            self._letters = self._letters & letters if style else letters
        self.set_font(FAMILY, "", 13)

    def header(self) -> None:
        """The page's number in the middle of the top margin (NĐ 30/2020, Phụ lục I, I.4)."""
        if self.page_no() > 1:
            self.set_font(FAMILY, "", 13)
            self.set_y(10)
            self.cell(0, 6, str(self.page_no()), align="C")
            self.set_y(20)

    def shown(self, text: str) -> str:
        """Text on one line, in NFC, with ``?`` for what the fonts cannot show (no PDF/A otherwise)."""
        text = " ".join(nfc(text).split())
        return "".join(char if ord(char) in self._letters else "?" for char in text)

    def centred(self, x: float, y: float, text: str, style: Style, size: int) -> None:
        """One line whose middle is ``x`` and whose base line is ``y``."""
        self.set_font(FAMILY, style, size)
        text = self.shown(text)
        self.text(x - self.get_string_width(text) / 2, y, text)

    def as_pdf(self) -> pikepdf.Pdf:
        """What was set so far, with nothing but its pages."""
        # The reader's zoom is none of the page's business, and no PDF/A.
        pdf = pikepdf.open(io.BytesIO(bytes(self.output())))
        for key in ("/OpenAction", "/PageLayout", "/PageMode", "/Names", "/Metadata"):
            if key in pdf.Root:
                del pdf.Root[key]
        # Its first identifier is made of the time; ours is made of the content.
        del pdf.trailer["/ID"]
        return pdf

    def write_pdfa(
        self, out: Path, title: str, author: str, moment: dt.datetime, files: list[Attachment]
    ) -> None:
        """Write a PDF/A-3u of its own, with files attached; the same input gives the same bytes."""
        with self.as_pdf() as pdf:
            pikepdf.pdfa.prepare(pdf, "3b", output_intent="sRGB")
            if files:
                attach(pdf, files, moment)
            _describe(pdf, title, author, moment)
            pdf.save(out, **pikepdf.pdfa.resolve_save_kwargs("3b", deterministic_id=True))


def _font(file: str) -> Path:
    for folder in _FOLDERS:
        for path in sorted(folder.rglob(file), reverse=True):
            letters = TTFont(path, lazy=True).getBestCmap()
            if all(ord(letter) in letters for letter in _NEEDED):
                return path
    raise FontMissing(font=file, folders=os.pathsep.join(map(str, _FOLDERS)))


def _describe(pdf: pikepdf.Pdf, title: str, author: str, moment: dt.datetime) -> None:
    moment = moment.astimezone(VIETNAM)
    date = moment.isoformat(timespec="seconds")
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>vi-VN</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:CreatorTool>Sohoa</xmp:CreatorTool>
<pdf:Producer>Sohoa</pdf:Producer>
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>U</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
    pdf.Root.Metadata = pdf.make_stream(packet.encode(), Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Lang = String("vi-VN")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    for key in list(pdf.docinfo.keys()):
        del pdf.docinfo[key]
    stamp = pdf_date(moment)
    entries = {
        "/Title": title, "/Author": author, "/Creator": "Sohoa", "/Producer": "Sohoa",
        "/CreationDate": stamp, "/ModDate": stamp,
    }  # fmt: skip
    for key, value in entries.items():
        pdf.docinfo[key] = String(value)
