"""The register of certified copies written as a book, signed or not."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from copies.register_book import Book, register_csv, write_book
from dossiers.certification import RegisterKey
from dossiers.clock import VIETNAM
from dossiers.errors import CopyNotConforming
from flows.acts import record_acts
from flows.handing_out import check_writable, hand_out
from flows.looks import agency_pictures, block_look
from flows.sealing import seal
from flows.services import Services
from flows.storing import check_signed
from signing.sign_off import SignOff

ACTOR = "register"


@dataclass(frozen=True, slots=True)
class ExportedBook:
    """A register written to files; ``signers`` is empty where it was not signed."""

    pdf: Path
    csv: Path
    numbers: int
    signers: tuple[str, ...]


def export_register(services: Services, key: RegisterKey, out: Path, *, sign: bool) -> ExportedBook:
    """Write a register as PDF/A and CSV; with ``sign`` it is signed like any paper of the agency.

    Raises:
        CopyNotConforming, SignatureRejected: what the validators found.
        OSError: ``out`` cannot be written.
    """
    check_writable(out)
    entries = services.ledger.register.entries(key)
    now = dt.datetime.now(VIETNAM).replace(microsecond=0)
    settings = services.settings.certification
    certifier = settings.certifier or services.signatories.officer.name
    book = Book(key, entries, services.agency.name, settings.position, certifier, now)
    signers: tuple[str, ...] = ()
    with tempfile.TemporaryDirectory(dir=services.settings.work_folder) as folder:
        path = Path(folder) / "book.pdf"
        room = write_book(book, path)
        if sign:
            plain, path = path, Path(folder) / "signed.pdf"
            look = block_look(
                services, agency_pictures(services), SignOff(room.page, room.room), now
            )
            report = seal(services, plain, path, look, patient=True)
            signers = report.signers
            check_signed(services, path, out.name, report.level)
            presented = hashlib.sha256(plain.read_bytes()).hexdigest()
            name = f"{key.agency_code} {key.year}/{key.symbol}"
            record_acts(services, name, presented, report.sha256)
        found = services.check_pdfa(path)
        if not found.compliant:
            raise CopyNotConforming(file=out.name, detail="; ".join(found.failures[:3]))
        table = Path(folder) / "book.csv"
        table.write_text(register_csv(entries), encoding="utf-8-sig", newline="")
        hand_out(table, out.with_suffix(".csv"))
        hand_out(path, out)
    name = f"{key.agency_code} {key.year}/{key.symbol}"
    services.ledger.audit.append(ACTOR, "register.exported", name, numbers=len(entries))
    return ExportedBook(out, out.with_suffix(".csv"), len(entries), signers)
