"""Certified copies: an original, its certification, a number of the register, two signatures.

Everything that can fail without a number is done without one. Then the number is reserved, the page
set with it, signed, judged by both validators, stored, and recorded; a run that fails in between
cancels its number with the reason, a run that is killed leaves number and copy to the next for the
same paper. What misses its signature level is raised later (:mod:`flows.preserving`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import secrets
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from copies.archival import make_copy
from copies.certification import Certification, append_certification
from dossiers.certification import (
    COPY_SYMBOL,
    EXTRACT_SYMBOLS,
    CertificationNumber,
    NewEntry,
    RegisterEntry,
    RegisterKey,
    symbol,
)
from dossiers.clock import VIETNAM
from dossiers.dossier import CopyMetadata, DossierHead, FormOfCopy
from dossiers.errors import CopyNotConforming, NotAnOriginal, SohoaError, SymbolUnknown
from dossiers.reading import Box, DocumentReading
from dossiers.text import fold, nfc
from dossiers.working_days import due_on
from flows.acts import record_acts
from flows.certified_storing import Sealed, adopt_sealed, store_sealed
from flows.handing_out import check_writable, hand_out
from flows.looks import agency_pictures, block_look
from flows.originals import judge_original
from flows.sealing import seal, wanted_level
from flows.services import Services
from flows.storing import check_signed, protection_of
from signing.levels import Level
from signing.sign_off import SignOff
from signing.validation import VerificationReport

log = logging.getLogger(__name__)

ACTOR = "certify"
# What a certified paper copy says of itself (TT 01/2020/TT-BTP).
_COPY_PHRASES = ("Chứng thực bản sao đúng với bản chính", "Bản sao được cấp từ sổ gốc")


@dataclass(frozen=True, slots=True)
class CertificationRequest:
    """What somebody wants certified: an original's scan, read, or an extract of a register.

    ``symbol`` names the register of an extract; without it the type of the paper does.
    """

    source: Path
    reading: DocumentReading
    requester: str
    received_at: dt.datetime
    extract: bool = False
    symbol: str | None = None
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class CertifiedFile:
    """A certified copy as handed out, its line in the register, the verdict on a signed original."""

    entry: RegisterEntry
    path: Path
    page_count: int
    signers: tuple[str, ...]
    original: VerificationReport | None = None


def certify(services: Services, request: CertificationRequest, out: Path) -> CertifiedFile:
    """Make, sign, store and record the certified copy of a paper; ``out`` is written last.

    Raises:
        NotAnOriginal, CopyOfACopy: the paper is itself a copy.
        UnsoundOriginal, SignerUnknown: it comes signed, and not by somebody known, or not whole.
        SymbolUnknown: nothing says in which register the extract is numbered.
        RegisterOutOfOrder: the register holds a later date.
        SohoaError: the copy cannot be made, signed, verified or stored; its number is cancelled.
        OSError: ``out`` cannot be written; nothing was certified.
    """
    check_writable(out)
    now = dt.datetime.now(VIETNAM).replace(microsecond=0)
    holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(dir=services.settings.work_folder) as folder:
        draft = _Draft(services, request, now, Path(folder))
        key = RegisterKey(services.agency.code, now.year, _symbol(services, request))
        draft.rehearse(key)
        _note_signatures(services, draft)
        register = services.ledger.register
        new = _entry(services, request, key, now, holder, draft)
        entry = register.reserve(new, ACTOR, services.settings.certification.volume_size)
        try:
            wanted = wanted_level(services, request.reading.type.code)
            sealed = adopt_sealed(services, entry, wanted, draft.folder)
            sealed = sealed or draft.sign(entry, wanted)
            copy = store_sealed(services, entry, sealed)
        except Exception as error:
            log.warning("number %s is given up: %s", entry.number, type(error).__name__)
            register.give_up(entry.id, holder, _reason(error), ACTOR)
            raise
        # Not given up if this fails: number and stored copy wait for the next run.
        entry = register.issue(entry.id, copy, sealed.protection, ACTOR)
        hand_out(sealed.path, out)
        return CertifiedFile(entry, out, draft.page_count, sealed.signers, draft.verdict)


class _Draft:
    """One paper on its way to a certified copy."""

    def __init__(
        self, services: Services, request: CertificationRequest, now: dt.datetime, folder: Path
    ) -> None:
        self._services = services
        self._request = request
        self._now = now
        self.folder = folder
        self._pictures = agency_pictures(services)
        self.page_count = len(request.reading.pages)
        kind = services.types.get(request.reading.type.code)
        named = _one_line(request.paper or "")
        self.paper = named or (kind.name.vi if kind else "Giấy tờ, văn bản")
        settings = services.settings.certification
        self.certifier = settings.certifier or services.signatories.officer.name
        self.original_sha256 = _sha256(request.source)
        _refuse_copies(request)
        self.verdict = judge_original(services, request.source)

    def rehearse(self, key: RegisterKey) -> None:
        """Make the unsigned copy with a number that none has, to find out what cannot be made."""
        path, _ = self._make(CertificationNumber(key, 0), self._now.date())
        found = self._services.check_pdfa(path)
        if not found.compliant:
            detail = "; ".join(found.failures[:3])
            raise CopyNotConforming(file=self._request.source.name, detail=detail)

    def sign(self, entry: RegisterEntry, wanted: Level) -> Sealed:
        """The signed copy that has passed both validators."""
        # What the line says, not what this request says: its number may be shared.
        self.paper, self.certifier = entry.paper, entry.certifier
        path, room = self._make(entry.number, entry.certified_on)
        signed = self.folder / "signed.pdf"
        place = SignOff(self.page_count, room)
        look = block_look(self._services, self._pictures, place, self._now)
        services = self._services
        report = seal(services, path, signed, look, level=wanted, patient=True)
        check_signed(services, signed, self._request.source.name, report.level)
        record_acts(services, str(entry.number), _sha256(path), report.sha256)
        return Sealed(signed, report.signers, self._now, protection_of(report))

    def _make(self, number: CertificationNumber, day: dt.date) -> tuple[Path, Box]:
        services, request = self._services, self._request
        head = DossierHead(request.source.stem, services.agency)
        metadata = CopyMetadata(
            document_code=request.source.stem,
            dossier=head,
            form=FormOfCopy.FROM_REGISTER if request.extract else FormOfCopy.CERTIFIED,
            original_name=request.source.name,
            original_sha256=self.original_sha256,
            created_at=self._now,
            type_name=self.paper,
            certification=str(number),
        )
        copy, whole = self.folder / "copy.pdf", self.folder / "whole.pdf"
        made = make_copy(request.source, request.reading, metadata, copy)
        says = Certification(
            number,
            day,
            services.agency.name,
            services.settings.certification.position,
            self.certifier,
            self.paper,
            made.page_count,
            self.original_sha256,
        )
        return whole, append_certification(copy, says, whole)


def _symbol(services: Services, request: CertificationRequest) -> str:
    if not request.extract:
        return COPY_SYMBOL
    if request.symbol is not None:
        return symbol(request.symbol)
    known = EXTRACT_SYMBOLS | services.settings.certification.extract_symbols
    kind = request.reading.type.code
    if kind is None or kind not in known:
        raise SymbolUnknown(file=request.source.name, type=kind or "?")
    return symbol(known[kind])


def _note_signatures(services: Services, draft: _Draft) -> None:
    """Keep in the audit trail what a signed original's signatures were found to be."""
    if draft.verdict is not None:
        services.ledger.audit.append(
            ACTOR,
            "original.judged",
            f"sha256:{draft.original_sha256}",
            outcome=draft.verdict.outcome,
            signatures=len(draft.verdict.signatures),
        )


def _one_line(text: str) -> str:
    """Text in NFC without line breaks and control characters: one person is one requester."""
    return "".join(char for char in " ".join(nfc(text).split()) if char.isprintable())


def _refuse_copies(request: CertificationRequest) -> None:
    """A copy is certified from an original, never from a copy (NĐ 23/2015/NĐ-CP, Điều 18)."""
    if request.extract:
        return
    text = fold(" ".join(word.text for page in request.reading.pages for word in page.words))
    for phrase in _COPY_PHRASES:
        if fold(phrase) in text:
            raise NotAnOriginal(file=request.source.name, phrase=phrase)


def _entry(
    services: Services,
    request: CertificationRequest,
    key: RegisterKey,
    now: dt.datetime,
    holder: str,
    draft: _Draft,
) -> NewEntry:
    settings = services.settings.certification
    due = due_on(request.received_at, settings.holidays, settings.working_weekends)
    return NewEntry(
        key,
        now.date(),
        draft.paper,
        draft.original_sha256,
        request.source.name,
        draft.page_count,
        _one_line(request.requester),
        draft.certifier,
        request.received_at,
        due,
        holder,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    return error.message() if isinstance(error, SohoaError) else type(error).__name__
