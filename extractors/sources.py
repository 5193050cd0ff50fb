"""What a file is, judged by its content, and whether it may be read at all.

Everything here runs before a byte is trusted: sizes are taken from headers, and no image is decoded
whose declared size is over the limit.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pikepdf
from PIL import Image, UnidentifiedImageError

from dossiers.errors import (
    DamagedFile,
    EmptyFile,
    InputError,
    NotADocument,
    PasswordProtected,
    TooLarge,
)
from dossiers.settings import IntakeSettings

# No desk scanner reaches this on one side; a file that claims it is a decompression bomb.
_MAX_SIDE = 32_000


class Kind(StrEnum):
    """Formats taken in."""

    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"


_SIGNATURES = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0", Kind.TIFF),
    (b"MM\0+", Kind.TIFF),
)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a readable file is.

    ``signed`` tells of signature fields with a value inside a PDF; ``page_pixels`` are the pixels
    each page will be decoded to, as far as headers tell (0: no image, the page is rendered).
    """

    kind: Kind
    page_count: int
    signed: bool
    page_pixels: tuple[int, ...] = ()


def sniff(path: Path) -> Kind:
    """The format by the first bytes, whatever the name says.

    Raises:
        EmptyFile: no bytes.
        NotADocument: none of the four formats.
    """
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise EmptyFile(file=path.name)
    for magic, kind in _SIGNATURES:
        if head.startswith(magic):
            return kind
    # ISO 32000-1, Annex H.3.4.1: the header may stand anywhere in the first 1024 bytes.
    if b"%PDF-" in head:
        return Kind.PDF
    raise NotADocument(file=path.name, detail=f"{head[:8].hex(' ')} …")


def inspect(path: Path, limits: IntakeSettings, *, decode: bool = True) -> SourceInfo:
    """What the file is, having looked at every page.

    ``decode`` reads pictures to their end, which finds those cut short.

    Raises:
        EmptyFile, NotADocument, DamagedFile, PasswordProtected, TooLarge: it cannot be taken in.
    """
    byte_count = path.stat().st_size
    if byte_count > limits.max_bytes:
        raise TooLarge(file=path.name, page="–", detail=f"{byte_count} bytes > {limits.max_bytes}")
    kind = sniff(path)
    if kind is Kind.PDF:
        return _inspect_pdf(path, limits)
    return _inspect_image(path, kind, limits, decode=decode)


def check_size(name: str, page: int, width: float, height: float, limits: IntakeSettings) -> None:
    """Refuse an image by its declared size in pixels, before it is decoded.

    Raises:
        TooLarge: one side or the area is over the limit.
    """
    if width > _MAX_SIDE or height > _MAX_SIDE or width * height > limits.max_pixels:
        raise TooLarge(file=name, page=page, detail=f"{width:.0f} × {height:.0f} px")


def _check_page_count(name: str, count: int, limits: IntakeSettings) -> None:
    if count > limits.max_pages:
        raise TooLarge(file=name, page="–", detail=f"{count} pages > {limits.max_pages}")


def _inspect_image(path: Path, kind: Kind, limits: IntakeSettings, *, decode: bool) -> SourceInfo:
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")
            # An animated PNG or multi-picture JPEG is one page: its first picture.
            count = int(getattr(image, "n_frames", 1)) if kind is Kind.TIFF else 1
            _check_page_count(path.name, count, limits)
            pixels = []
            for index in range(count):
                image.seek(index)
                check_size(path.name, index + 1, *image.size, limits)
                if decode:
                    image.load()
                pixels.append(image.width * image.height)
    except Image.DecompressionBombError as error:
        raise TooLarge(file=path.name, page="–", detail=str(error)) from error
    except UnidentifiedImageError as error:
        raise DamagedFile(file=path.name, detail="header not readable") from error
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedFile(file=path.name, detail=str(error)) from error
    return SourceInfo(kind, count, signed=False, page_pixels=tuple(pixels))


def _inspect_pdf(path: Path, limits: IntakeSettings) -> SourceInfo:
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            return _look_at(pdf, path, limits)
    except pikepdf.PasswordError as error:
        raise PasswordProtected(file=path.name) from error
    except (pikepdf.PdfError, ValueError, TypeError, RecursionError) as error:
        raise DamagedFile(file=path.name, detail=str(error)) from error
    except (OSError, MemoryError, InputError):
        raise
    except Exception as error:  # whatever else hostile bytes make the library stumble over
        raise DamagedFile(file=path.name, detail=f"{type(error).__name__}: {error}") from error


def _look_at(pdf: pikepdf.Pdf, path: Path, limits: IntakeSettings) -> SourceInfo:
    count = len(pdf.pages)
    if count == 0:
        raise DamagedFile(file=path.name, detail="no pages")
    if pdf.get_warnings() and not _ends_properly(path):
        raise DamagedFile(file=path.name, detail="cut short: the end of the file is missing")
    _check_page_count(path.name, count, limits)
    pixels = []
    for number, page in enumerate(pdf.pages, start=1):
        pixels.append(0)
        for image in page.get_images().values():
            width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
            check_size(path.name, number, width, height, limits)
            pixels[-1] += max(0, width * height)
    return SourceInfo(Kind.PDF, count, any(True for _ in signed_fields(pdf)), tuple(pixels))


def _ends_properly(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2048))
        return b"%%EOF" in file.read()


def signed_fields(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Own names of the signature fields that hold a value (ISO 32000-1, 12.7.4.5).

    What stands in a damaged form where a field should be is none, for us as for every viewer; a field
    tree without an end counts as one more, without a name.
    """
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    pending: list[tuple[pikepdf.Object, pikepdf.Object | None]] = [
        (field, None) for field in _dictionaries(form.get("/Fields"))
    ]
    for _ in range(10_000):  # bounds a looped field tree
        if not pending:
            return
        field, inherited = pending.pop()
        kind = field.get("/FT", inherited)
        if kind == pikepdf.Name.Sig and field.get("/V") is not None:
            yield str(field.get("/T", ""))
        pending.extend((kid, kind) for kid in _dictionaries(field.get("/Kids")))
    yield ""


def _dictionaries(entry: pikepdf.Object | None) -> list[pikepdf.Object]:
    if not isinstance(entry, pikepdf.Array):
        return []
    return [item for item in entry if isinstance(item, pikepdf.Dictionary)]
