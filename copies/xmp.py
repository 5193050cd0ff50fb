"""Metadata of a copy: XMP with a described extension schema, and the docinfo that agrees with it.

XMP: ISO 16684-1; the description of own properties: ISO 19005-3, 6.6.2.3. Nothing about the subject
is written here, since metadata travels further than the document.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Dictionary, Name, String

from copies.payload import pdf_date
from dossiers.clock import VIETNAM
from dossiers.dossier import CopyMetadata
from dossiers.errors import DamagedFile
from dossiers.parts import spoken
from dossiers.reading import DocumentReading

NAMESPACE = "urn:sohoa:copy:1.0"
CREATOR_TOOL = "Sohoa"

_PROPERTIES = {
    "dossierCode": "Code of the dossier (mã hồ sơ)",
    "agencyCode": "Electronic identification code of the agency that digitised",
    "procedureCode": "Code of the administrative procedure (mã TTHC)",
    "originalSha256": "SHA-256 of the original file, hexadecimal",
    "originalPages": "Pages of the original file that the copy is of, where not all",
    "formOfCopy": "Form of the copy (Decree 30/2020/ND-CP, Article 25)",
    "certificationNumber": "Number in the register of certified copies (Decree 23/2015/ND-CP)",
}


def describe(
    pdf: pikepdf.Pdf, reading: DocumentReading, metadata: CopyMetadata, conformance: str
) -> None:
    """Write XMP, docinfo, language and viewer preferences; ``conformance`` is ``U`` or ``B``."""
    title = document_title(reading, metadata)
    moment = metadata.created_at.astimezone(VIETNAM)
    packet = _packet(title, metadata, moment, conformance)
    pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Lang = String("vi-VN")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    for key in list(pdf.docinfo.keys()):
        del pdf.docinfo[key]
    stamp = pdf_date(moment)
    entries = {
        "/Title": title,
        "/Author": _xml_text(metadata.dossier.agency.name),
        "/Creator": CREATOR_TOOL,
        "/Producer": CREATOR_TOOL,
        "/CreationDate": stamp,
        "/ModDate": stamp,
    }
    for key, value in entries.items():
        pdf.docinfo[key] = String(value)


def read_properties(path: Path) -> dict[str, str]:
    """Our own properties of a copy, by name; those it lacks are left out.

    Raises:
        DamagedFile: the PDF or its metadata cannot be read.
    """
    try:
        with pikepdf.open(path) as pdf, pdf.open_metadata() as metadata:
            found = {name: metadata.get(f"{{{NAMESPACE}}}{name}") for name in _PROPERTIES}
    except (pikepdf.PdfError, ValueError) as error:
        raise DamagedFile(file=path.name, detail=str(error)) from error
    return {name: str(value) for name, value in found.items() if value is not None}


def document_title(reading: DocumentReading, metadata: CopyMetadata) -> str:
    """Type and document number, or the dossier's code where no number was read."""
    number = reading.fields.get("document_number")
    kind = metadata.type_name or "Giấy tờ"
    tail = f"số {number.value}" if number and number.value else f"hồ sơ {metadata.dossier.code}"
    return _xml_text(f"{kind} {tail}")


def _packet(title: str, metadata: CopyMetadata, moment: dt.datetime, conformance: str) -> bytes:
    head = metadata.dossier
    date = moment.isoformat(timespec="seconds")
    own = {
        "dossierCode": head.code,
        "agencyCode": head.agency.code,
        "procedureCode": head.procedure.code if head.procedure else None,
        "originalSha256": metadata.original_sha256,
        "originalPages": spoken(metadata.original_pages) if metadata.original_pages else None,
        "formOfCopy": metadata.form.value,
        "certificationNumber": metadata.certification,
    }
    values = "".join(
        f"<sohoa:{name}>{_escaped(value)}</sohoa:{name}>" for name, value in own.items() if value
    )
    text = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:sohoa="{NAMESPACE}">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{_escaped(title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{_escaped(head.agency.name)}</rdf:li></rdf:Seq></dc:creator>
<dc:identifier>{_escaped(metadata.document_code)}</dc:identifier>
<dc:language><rdf:Bag><rdf:li>vi-VN</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:MetadataDate>{date}</xmp:MetadataDate>
<xmp:CreatorTool>{CREATOR_TOOL}</xmp:CreatorTool>
<pdf:Producer>{CREATOR_TOOL}</pdf:Producer>
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>{conformance}</pdfaid:conformance>
{values}
</rdf:Description>
{_extension()}
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
    return text.encode()


def _extension() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{_escaped(text)}</pdfaProperty:description></rdf:li>"
        for name, text in _PROPERTIES.items()
    )
    return f"""<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Sohoa electronic copy</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>sohoa</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""


def _xml_text(text: str) -> str:
    """Without characters that XML 1.0 forbids; blanks run together."""
    kept = (
        char
        for char in text
        if char in "\t\n\r"
        or " " <= char <= "\ud7ff"
        or "\ue000" <= char <= "\ufffd"
        or char > "\uffff"
    )
    return " ".join("".join(kept).split())


def _escaped(text: str) -> str:
    return escape(_xml_text(text))
