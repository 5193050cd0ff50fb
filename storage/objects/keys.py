"""Names of objects, made so that a repeated step finds the object of the first time."""

from __future__ import annotations

import re

from dossiers.text import nfc

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_FIRST = re.compile(r"[0-9a-f]{16}\.pdf")


def safe(text: str) -> str:
    """A code as one path segment: no slash, no blank, no leading dot."""
    return _UNSAFE.sub("_", nfc(text)).strip("._") or "_"


def original_key(sha256: str) -> str:
    """Originals are named by their content, so equal files are one object."""
    return f"originals/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def copy_key(agency: str, dossier: str, document: str, version: int) -> str:
    """A version of a signed copy; a correction is a new version beside it."""
    return f"copies/{safe(agency)}/{safe(dossier)}/{safe(document)}.v{version}.pdf"


# Evidence and what it is about lie apart: everything needed to prove objects without the ledger.
EVIDENCE = "evidence/"
ANCHORS = "audit/heads/"


def leaves_key(root: str) -> str:
    """The list of a hash tree's leaves; ``root`` is hexadecimal."""
    return f"{EVIDENCE}{root[:2]}/{root}/leaves.txt"


def time_stamp_key(root: str) -> str:
    """The time-stamp token over a hash tree's root."""
    return f"{EVIDENCE}{root[:2]}/{root}/time-stamp.tst"


def anchor_key(seq: int, digest: str) -> str:
    """A head of the audit trail as an object, to be time-stamped with the night's others."""
    return f"{ANCHORS}{seq:012d}-{digest}.json"


def anchor_of(key: str) -> tuple[int, str]:
    """Number and hash of the head that a key names."""
    seq, _, digest = key.removeprefix(ANCHORS).removesuffix(".json").partition("-")
    return int(seq), digest


def certified_folder(agency: str, year: int, symbol: str, number: int) -> str:
    """Where the certified copies of a number lie: those that share it, and their versions."""
    return f"certified/{safe(agency)}/{year}/{safe(symbol)}/{number:05d}/"


def certified_key(folder: str, sha256: str) -> str:
    """A certified copy in the folder of its number, by its own hash: copies may share one."""
    return f"{folder}{sha256[:16]}.pdf"


def later_version_key(key: str, version: int) -> str:
    """A later version of a certified copy, beside the first, whose key is given."""
    return f"{key.removesuffix('.pdf')}.v{version}.pdf"


def is_first_version(key: str) -> bool:
    """Whether a key in the folder of a number is a copy as it was certified."""
    return _FIRST.fullmatch(key.rpartition("/")[2]) is not None
