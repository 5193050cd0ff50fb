"""What can be signed at all, told before a key is touched and before anything is written."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from dossiers.errors import CannotBeSigned, DamagedFile, PasswordProtected, SohoaError

# Each signature is judged against every later one; a file with more is an attack, not a document.
MOST_SIGNATURES = 50

# What pyHanko raises where a file has something else than the object it looks for.
STUMBLES = (
    AssertionError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip


def admitted(source: Path, max_bytes: int) -> bytes:
    """The content of a PDF that may be signed.

    Raises:
        CannotBeSigned: too large, too many signatures, or a cross-reference that two readers may
            understand in two ways (hybrid, ISO 32000-1, 7.5.8.4).
        PasswordProtected: encrypted.
        DamagedFile: not a PDF, or one whose cross-reference is broken.
        OSError: as the system has it.
    """
    size = source.stat().st_size
    if size > max_bytes:
        mb = 1024 * 1024
        detail = f"{size // mb} MB > {max_bytes // mb} MB (levels.max_bytes)"
        raise CannotBeSigned(file=source.name, detail=detail)
    content = source.read_bytes()
    try:
        refusal = _refusal(content, source.name)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # whatever hostile bytes make the library stumble over
        found = str(error)
        detail = found if isinstance(error, PdfReadError) else f"{type(error).__name__}: {found}"
        raise DamagedFile(file=source.name, detail=detail) from error
    if refusal is not None:
        raise refusal
    return content


def _refusal(content: bytes, name: str) -> SohoaError | None:
    reader = PdfFileReader(BytesIO(content))
    if reader.encrypted:
        return PasswordProtected(file=name)
    if reader.xrefs.hybrid_xrefs_present:
        detail = "bảng tham chiếu lai / hybrid cross-reference; hãy lưu lại / save it anew"
        return CannotBeSigned(file=name, detail=detail)
    # The first and the last page must be found without guessing.
    pages = int(reader.root["/Pages"]["/Count"])
    for number in {0, pages - 1}:
        page, _ = reader.find_page_for_modification(number)
        _check_annotations(page.get_object(), number + 1)
    count = sum(1 for _ in enumerate_sig_fields(reader, filled_status=True))
    if count > MOST_SIGNATURES:
        detail = f"đã có {count} chữ ký / it already has {count} signatures (> {MOST_SIGNATURES})"
        return CannotBeSigned(file=name, detail=detail)
    return None


def _check_annotations(page: generic.DictionaryObject, number: int) -> None:
    """Signature fields are added to an array (ISO 32000-1, table 30) or not at all."""
    # Looked up, not ``get``: the array may be an object of its own.
    if "/Annots" in page and not isinstance(page["/Annots"], generic.ArrayObject):
        raise PdfReadError(f"page {number}: /Annots is no array")
