"""A certified copy on its way into the store: stored once, recorded under its number.

A run that is killed between storing and recording leaves an object without a record. The next run for
the same paper finds it in the folder of the number, judges it and records it, instead of signing again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from copies.payload import read_payload
from copies.xmp import read_properties
from dossiers.certification import CertifiedCopy, RegisterEntry
from dossiers.errors import SignatureRejected
from flows.services import Services
from flows.storing import check_signed
from signing.levels import judge_level
from signing.validation import verify
from storage.objects.keys import certified_folder, certified_key, is_first_version
from storage.preservation import Protection


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed copy on the local disk that has passed every check."""

    path: Path
    signers: tuple[str, ...]
    signed_at: dt.datetime
    protection: Protection


def folder_of(entry: RegisterEntry) -> str:
    """Where the copies of a number lie in the store."""
    book = entry.number.key
    return certified_folder(book.agency_code, book.year, book.symbol, entry.number.number)


def store_sealed(services: Services, entry: RegisterEntry, sealed: Sealed) -> CertifiedCopy:
    """Put the copy into the store; the register does not know it yet.

    Raises:
        SohoaError, OSError: the store refuses it.
    """
    sha256 = _sha256(sealed.path)
    key = certified_key(folder_of(entry), sha256)
    stored = services.store.put_file(
        key, sealed.path, content_type="application/pdf", sha256=sha256
    )
    return CertifiedCopy(stored.sha256, stored.size, key, sealed.signers, sealed.signed_at)


def adopt_sealed(
    services: Services, entry: RegisterEntry, wanted: str, folder: Path
) -> Sealed | None:
    """The copy that a killed run has stored but not recorded, if there is one.

    Raises:
        CopyNotConforming, SignatureRejected: it is not what this number certifies.
    """
    known = {copy.object_key for copy in entry.copies}
    left = sorted(
        key
        for key in services.store.keys(folder_of(entry))
        if is_first_version(key) and key not in known
    )
    if not left:
        return None
    name, local = entry.original_name, folder / "stored.pdf"
    with services.store.fetched(left[0]) as stored:
        shutil.copyfile(stored, local)
    found = judge_level(local.read_bytes(), name, services.preservation.roots)
    check_signed(services, local, name, found.level)
    number = read_properties(local).get("certificationNumber")
    original = read_payload(local)["original"]["sha256"]
    if (number, original) != (str(entry.number), entry.original_sha256):
        raise SignatureRejected(file=name, detail=f"{left[0]} certifies another paper")
    signatures = verify(local, services.trust).signatures
    return Sealed(
        local,
        tuple(signature.signer for signature in signatures),
        signatures[-1].signed_at or dt.datetime.now(dt.UTC),
        Protection(found.level, wanted, found.protected_until, found.protected_since),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
