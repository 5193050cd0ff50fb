"""Files handed to whoever asked for them: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from dossiers.certification import RegisterKey
from dossiers.errors import NotFound
from flows.services import Services
from storage.objects import verify
from storage.preservation import CertifiedId, DueCopy


def check_writable(out: Path) -> None:
    """Find out, before anything is done that cannot be undone, that ``out`` can be written.

    Raises:
        OSError: it cannot.
    """
    trial = out.with_name(f".{out.name}.{secrets.token_hex(6)}")
    trial.touch()
    trial.unlink()


def hand_out(path: Path, out: Path) -> None:
    """Atomically: beside the target, on the disk, then under its name."""
    partial = out.with_name(f".{out.name}.{secrets.token_hex(6)}")
    try:
        shutil.copyfile(path, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def hand_out_certified(
    services: Services, book: RegisterKey, number: int, sequence: int, out: Path
) -> DueCopy:
    """Write the newest version of a certified copy to ``out``, and tell what it is.

    Args:
        services: ledger and store.
        book: the book.
        number: the number in it.
        sequence: which of the copies that share the number, from 1.
        out: where the PDF goes.

    Raises:
        NotFound: no such number, or no such copy under it.
        IntegrityFailure: what is stored is not what was recorded; nothing is written.
        OSError: ``out`` cannot be written.
    """
    check_writable(out)
    entry = services.ledger.register.entry(book, number)
    versions = services.ledger.preservation.of(CertifiedId(entry.id, sequence))
    if not versions:
        raise NotFound(kind="bản chứng thực", value=f"{entry.number} ({sequence})")
    newest = versions[-1]
    verify(services.store, newest.key, newest.sha256)
    with services.store.fetched(newest.key) as stored:
        hand_out(stored, out)
    return newest
