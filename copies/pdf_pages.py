"""Pages of a PDF carried into a fresh one: what is seen stays, what acts or hides stays behind.

A page made of images alone keeps their streams and places; somebody else's hidden text is left out.
Any other page keeps its content if that can conform to PDF/A-3, and is drawn as an image if not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from copies.images import embed_pixels, stored
from copies.text_layer import PageFrame

_RENDER_DPI = 300
_STATE = {
    "q", "Q", "cm", "Do", "re", "m", "l", "c", "v", "y", "h", "W", "W*", "n", "w", "J", "j", "M", "d",
    "i", "ri", "g", "G", "rg", "RG", "cs", "CS", "sc", "SC", "scn", "SCN", "gs", "k", "K",
}  # fmt: skip
_MARKED = {"BMC", "BDC", "EMC", "MP", "DP", "BX", "EX"}
_SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
_IMAGE_KEYS = (
    "/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Intent",
    "/ImageMask", "/Mask", "/Decode", "/SMask", "/SMaskInData", "/Matte", "/Filter", "/DecodeParms",
    "/Length",
)  # fmt: skip
_SIZES = {"/Width", "/Height", "/Length"}
_INVISIBLE = 3

# What PDF/A refuses in images of a kind (their dictionary without sizes); ``None``: nothing.
_Judged = dict[bytes, str | None]


class PageKind(StrEnum):
    """What became of a page's content."""

    SCAN = "scan"
    KEPT = "kept"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class CarriedPage:
    """A page's content and resources in the new PDF.

    ``text`` is what the kept content says by itself; ``unicode`` whether level U can be claimed;
    ``reason`` says why an image was encoded again, ``None`` where all streams are the original's.
    """

    kind: PageKind
    content: bytes
    resources: pikepdf.Object
    frame: PageFrame
    group: pikepdf.Object | None
    text: str
    unicode: bool
    reason: str | None


def carry_pages(
    path: Path, target: pikepdf.Pdf, wanted: Sequence[int] | None = None
) -> Iterator[CarriedPage]:
    """Every page of the PDF at ``path``, or those ``wanted`` (from 1), carried into ``target``.

    Raises:
        pikepdf.PdfError: the file cannot be read.
        pypdfium2.PdfiumError: a page that must be drawn cannot be.
    """
    with pikepdf.open(path, suppress_warnings=True) as source:
        _flatten(source)
        judged: _Judged = {}
        numbers = range(1, len(source.pages) + 1) if wanted is None else wanted
        for number in numbers:
            page = source.pages[number - 1]
            yield _carry(path, number - 1, source, page, target, judged)


def is_signed(path: Path) -> bool:
    """Whether the PDF has a signature field with a value."""
    with pikepdf.open(path, suppress_warnings=True) as pdf:
        form = pdf.Root.get("/AcroForm")
        fields = _dictionaries(form.get("/Fields")) if isinstance(form, Dictionary) else []
        seen: set[tuple[int, int]] = set()
        while fields:
            field = fields.pop()
            if field.is_indirect and field.objgen in seen:
                continue
            seen.add(field.objgen)
            if field.get("/FT") == Name.Sig and field.get("/V") is not None:
                return True
            fields.extend(_dictionaries(field.get("/Kids")))
        return "/Perms" in pdf.Root


def _dictionaries(entry: pikepdf.Object | None) -> list[pikepdf.Object]:
    """What a form's array holds of fields; in a damaged one other things may stand there."""
    if not isinstance(entry, pikepdf.Array):
        return []
    return [item for item in entry if isinstance(item, Dictionary)]


def _flatten(source: pikepdf.Pdf) -> None:
    # What an annotation shows in print (a stamp, a filled field) is part of what the page says.
    with contextlib.suppress(pikepdf.PdfError, ValueError):
        source.flatten_annotations("print")


def _carry(
    path: Path,
    number: int,
    source: pikepdf.Pdf,
    page: pikepdf.Page,
    target: pikepdf.Pdf,
    judged: _Judged,
) -> CarriedPage:
    frame = _frame(page)
    scan = _scan_content(page)
    carried = None if scan is None else _carry_scan(page, scan, frame, target, judged)
    if carried is None:
        carried = _carry_kept(source, page, frame, target)
    if carried is not None:
        text = _own_text(path, number) if carried.kind is PageKind.KEPT else ""
        return replace(carried, text=text)
    return _draw(path, number, frame, target)


def _frame(page: pikepdf.Page) -> PageFrame:
    x0, y0, x1, y1 = map(float, page.cropbox)
    m0, n0, m1, n1 = map(float, page.mediabox)
    # ISO 32000-1, 14.11.2.1: what is shown is the part of the crop box inside the media box.
    x0, x1 = max(min(x0, x1), min(m0, m1)), min(max(x0, x1), max(m0, m1))
    y0, y1 = max(min(y0, y1), min(n0, n1)), min(max(y0, y1), max(n0, n1))
    if x0 >= x1 or y0 >= y1:
        x0, y0, x1, y1 = min(m0, m1), min(n0, n1), max(m0, m1), max(n0, n1)
    return PageFrame(x0, y0, x1, y1, int(page.rotation) % 360, float(page.obj.get("/UserUnit", 1)))


# --- pages of images --------------------------------------------------------------------------


def _scan_content(page: pikepdf.Page) -> list[pikepdf.ContentStreamInstruction] | None:
    """The page's operators without hidden text, or ``None`` if it is more than images."""
    images = _images(page)
    kept: list[pikepdf.ContentStreamInstruction] = []
    mode, modes, in_text = 0, [], False
    try:
        instructions = pikepdf.parse_content_stream(page)
    except pikepdf.PdfError:
        return None
    for instruction in instructions:
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator == "q":
            modes.append(mode)
        elif operator == "Q" and modes:
            mode = modes.pop()
        if operator in {"BT", "ET"}:
            in_text = operator == "BT"
        elif operator == "Tr":
            mode = int(operands[0])
        elif operator in _SHOWS_TEXT:
            if mode != _INVISIBLE:
                return None
        elif operator == "Do" and str(operands[0]) not in images:
            return None
        elif operator in _STATE and isinstance(instruction, pikepdf.ContentStreamInstruction):
            if operator != "gs":
                kept.append(instruction)
        elif operator not in _MARKED and not operator.startswith("T") and not in_text:
            return None
    return kept


def _images(page: pikepdf.Page) -> dict[str, pikepdf.Stream]:
    xobjects = page.resources.get("/XObject", Dictionary())
    return {
        str(name): xobject
        for name, xobject in xobjects.items()
        if isinstance(xobject, pikepdf.Stream) and xobject.get("/Subtype") == Name.Image
    }


def _carry_scan(
    page: pikepdf.Page,
    instructions: list[pikepdf.ContentStreamInstruction],
    frame: PageFrame,
    target: pikepdf.Pdf,
    judged: _Judged,
) -> CarriedPage | None:
    used = {str(i.operands[0]) for i in instructions if str(i.operator) == "Do"}
    images = Dictionary()
    reasons: list[str] = []
    for name, image in _images(page).items():
        if name not in used:
            continue
        kept, reason = _carry_image(image, target, judged)
        if kept is None:
            return None
        images[name] = kept
        if reason:
            reasons.append(reason)
    colours = page.resources.get("/ColorSpace")
    if colours is not None or any(str(i.operator) in {"k", "K"} for i in instructions):
        # A stencil painted in a colour of the page's own: rare, and not worth a colour engine.
        return None
    return CarriedPage(
        PageKind.SCAN,
        pikepdf.unparse_content_stream(instructions),
        Dictionary(XObject=images) if used else Dictionary(),
        frame,
        None,
        text="",
        unicode=True,
        reason="; ".join(dict.fromkeys(reasons)) or None,
    )


def _carry_image(
    image: pikepdf.Stream, target: pikepdf.Pdf, judged: _Judged
) -> tuple[pikepdf.Object | None, str | None]:
    copied = target.copy_foreign(image)
    for part in (copied, copied.get("/SMask"), copied.get("/Mask")):
        if isinstance(part, pikepdf.Stream):
            for key in [str(key) for key in part if key not in _IMAGE_KEYS]:
                del part[key]
    fault = _fault(image, judged)
    if fault is None:
        return copied, None
    try:
        pixels = pikepdf.PdfImage(image).as_pil_image()
    except (pikepdf.PdfError, NotImplementedError, ValueError, OSError, TypeError):
        return None, fault
    if any(key in image for key in ("/SMask", "/Mask", "/ImageMask", "/Decode")):
        return None, fault
    return embed_pixels(target, pixels), f"{fault}; {stored(pixels)}"


def _fault(image: pikepdf.Stream, judged: _Judged) -> str | None:
    """Why PDF/A-3 refuses an image, by the checker's word; ``None`` if it does not.

    Images of one file that differ in nothing but their size are judged once.
    """
    filters = image.get("/Filter", Array())
    names = [str(f) for f in filters] if isinstance(filters, Array) else [str(filters)]
    if "/LZWDecode" in names:
        return "LZW compression is not allowed in PDF/A"
    if "/JPXDecode" in names:
        # The checker does not look into JPEG 2000; veraPDF does, on the finished copy.
        return _jpx_fault(image)
    entries = {key: value for key, value in image.items() if key not in _SIZES}
    kind = Dictionary(entries).unparse()
    if kind not in judged:
        with pikepdf.new() as trial:
            copied = trial.copy_foreign(image)
            resources = Dictionary(XObject=Dictionary(Im=copied))
            _add_page(trial, b"q 9 0 0 9 0 0 cm /Im Do Q", resources, None)
            judged[kind] = _findings(trial)
    return judged[kind]


def _jpx_fault(image: pikepdf.Stream) -> str | None:
    # ISO 19005-3, 6.2.8.3: 1, 3 or 4 channels, 1 to 38 bits; CMYK needs a CMYK output intent.
    try:
        pixels = pikepdf.PdfImage(image).as_pil_image()
    except (pikepdf.PdfError, NotImplementedError, ValueError, OSError, TypeError):
        return "JPEG 2000 that cannot be decoded"
    return None if pixels.mode in {"L", "RGB"} else f"JPEG 2000 with {pixels.mode} channels"


# --- pages with content of their own ----------------------------------------------------------


def _carry_kept(
    source: pikepdf.Pdf, page: pikepdf.Page, frame: PageFrame, target: pikepdf.Pdf
) -> CarriedPage | None:
    content = _content(page)
    with pikepdf.new() as trial:
        resources = _page_parts(source, page, trial)
        _add_page(trial, content, *resources)
        if _findings(trial) is not None:
            return None
        kept, group = (
            part if part is None else target.copy_foreign(trial.make_indirect(part))
            for part in resources
        )
        unicode = all(map(_has_unicode, _fonts(trial.pages[0].obj.Resources)))
    assert kept is not None  # noqa: S101 — for the type checker: resources are always there
    return CarriedPage(PageKind.KEPT, content, kept, frame, group, "", unicode, None)


def _own_text(path: Path, number: int) -> str:
    with pdfium.PdfDocument(path) as document:
        return str(document[number].get_textpage().get_text_bounded())


def _content(page: pikepdf.Page) -> bytes:
    contents = page.obj.get("/Contents")
    if contents is None:
        return b""
    parts = contents if isinstance(contents, Array) else [contents]
    return b"\n".join(part.read_bytes() for part in parts)


def _page_parts(
    source: pikepdf.Pdf, page: pikepdf.Page, trial: pikepdf.Pdf
) -> tuple[pikepdf.Object, pikepdf.Object | None]:
    page.remove_unreferenced_resources()
    resources = trial.copy_foreign(source.make_indirect(page.resources))
    group = page.obj.get("/Group")
    if group is not None:
        group = trial.copy_foreign(source.make_indirect(group))
    return resources, group


def _add_page(
    pdf: pikepdf.Pdf,
    content: bytes,
    resources: pikepdf.Object,
    group: pikepdf.Object | None,
) -> None:
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, 100, 100]),
        Resources=resources,
        Contents=pdf.make_stream(content),
    )
    if group is not None:
        page.Group = group
    pdf.pages.append(pikepdf.Page(page))


def _findings(trial: pikepdf.Pdf) -> str | None:
    pikepdf.pdfa.prepare(trial, "3b")
    findings = pikepdf.pdfa.check(trial, "3b").findings
    return findings[0].message if findings else None


def _fonts(resources: pikepdf.Object, depth: int = 0) -> Iterator[pikepdf.Object]:
    yield from (font for font in resources.get("/Font", Dictionary()).values())
    if depth < 8:
        for xobject in resources.get("/XObject", Dictionary()).values():
            if "/Resources" in xobject:
                yield from _fonts(xobject.Resources, depth + 1)


def _has_unicode(font: pikepdf.Object) -> bool:
    """Whether every code has a Unicode value for certain (ISO 19005-3, 6.2.11.7.2)."""
    cmap = font.get("/ToUnicode")
    if cmap is not None:
        text = cmap.read_bytes().lower()
        return not any(bad in text for bad in (b"<0000>\n", b"<feff>", b"<fffe>", b"usecmap"))
    encoding = font.get("/Encoding")
    symbolic = int(font.get("/FontDescriptor", Dictionary()).get("/Flags", 4)) & 4
    return encoding in (Name.WinAnsiEncoding, Name.MacRomanEncoding) and not symbolic


# --- drawing ----------------------------------------------------------------------------------


def _draw(path: Path, number: int, frame: PageFrame, target: pikepdf.Pdf) -> CarriedPage:
    with pdfium.PdfDocument(path) as document:
        document.init_forms()
        drawn = document[number]
        # Undo the page's own turn: the copy's page carries it.
        bitmap = drawn.render(
            scale=_RENDER_DPI / 72 * frame.unit,
            rotation=-frame.rotate % 360,
            may_draw_forms=True,
        )
        picture = bitmap.to_pil().convert("RGB")
    image = embed_pixels(target, _grey_if_grey(picture))
    width, height = frame.x1 - frame.x0, frame.y1 - frame.y0
    content = f"q {width:.4f} 0 0 {height:.4f} {frame.x0:.4f} {frame.y0:.4f} cm /Page Do Q"
    return CarriedPage(
        PageKind.DRAWN,
        content.encode(),
        Dictionary(XObject=Dictionary(Page=image)),
        frame,
        None,
        text="",
        unicode=True,
        reason=f"content that cannot conform to PDF/A-3; drawn at {_RENDER_DPI} dpi",
    )


def _grey_if_grey(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    same = all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue))
    return red if same else picture
