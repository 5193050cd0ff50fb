"""The rooms of floor 2, opened for one run; what is costly is opened on first use."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dossiers.dossier import Agency, DossierHead
from dossiers.settings import Settings

# Each room is imported when it is first entered: reading one file needs neither database nor keys.
if TYPE_CHECKING:
    from copies.conformance import Conformance, Validator
    from extractors.pool import ReaderPool
    from extractors.types import DocumentTypes
    from signing.augmentation import Preservation
    from signing.evidence.stamping import Authority
    from signing.keys import Signatories
    from signing.keys.factors import Ask
    from signing.validation import Guard, Trust, VerificationReport
    from storage.ledger import Ledger
    from storage.objects import ObjectStore


class Services:
    """What the flows work with. A context manager; leaving it closes what was opened, in order."""

    def __init__(self, settings: Settings, ask: Ask | None = None) -> None:
        """``ask`` asks a person at a keyboard for one-time passwords, where there is one."""
        self.settings = settings
        self._ask = ask
        self.agency = Agency(settings.agency.code, settings.agency.name)
        self._stack = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.settings.home.mkdir(parents=True, exist_ok=True)
        self.settings.work_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def agency_of(self, code: str | None) -> Agency:
        """The agency whose folder a dossier lies in; our own where it names none."""
        if code is None or code == self.agency.code:
            return self.agency
        return Agency(code, self.settings.agencies.get(code, code))

    @staticmethod
    def hints_of(head: DossierHead) -> dict[str, str]:
        """What is known of the applicant, by the names that fields of a paper have."""
        applicant = head.applicant
        if applicant is None:
            return {}
        known = {
            "personal_number": applicant.identifier,
            "owner_personal_number": applicant.identifier,
        }
        if applicant.name:
            known |= {"full_name": applicant.name, "owner_name": applicant.name}
        return known

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, brought up to date."""
        from storage.ledger import open_ledger

        return self._stack.enter_context(open_ledger(self.settings.ledger_url))

    @cached_property
    def store(self) -> ObjectStore:
        """The object store."""
        from storage.objects import open_store

        return open_store(self.settings)

    @cached_property
    def types(self) -> DocumentTypes:
        """The document types known."""
        from extractors.types import load_types

        return load_types(self.settings.reading.types_folder)

    @cached_property
    def signatories(self) -> Signatories:
        """Who signs; checked before anything is read."""
        from signing.keys import load_signatories

        found = load_signatories(
            self.settings.signing, self.settings.pki_folder, self.agency, self._ask
        )
        self._stack.callback(found.release)
        return found

    def rest(self) -> None:
        """Let others have what the keys hold open (tokens); signing again opens it again."""
        if "signatories" in vars(self):
            self.signatories.release()

    @cached_property
    def time_stamps(self) -> Authority:
        """Who stamps the archive's evidence: the one place to put another time-stamp client in."""
        from signing.evidence.stamping import open_authority

        return open_authority(self.settings)

    @cached_property
    def preservation(self) -> Preservation:
        """Time stamps and revocation data, for work that can wait as long as they take."""
        return self._preservation(patient=True)

    @cached_property
    def preservation_now(self) -> Preservation:
        """The same, for work that somebody waits for."""
        return self._preservation(patient=False)

    def _preservation(self, *, patient: bool) -> Preservation:
        from signing.augmentation import open_preservation
        from signing.certificates import read_certificates
        from signing.keys import trust_roots

        # No key is opened: what was signed is raised and renewed by anyone who has the file.
        roots = read_certificates(trust_roots(self.settings.signing, self.settings.pki_folder))
        return open_preservation(self.settings, roots, patient=patient)

    @cached_property
    def trust(self) -> Trust:
        """Whom signatures are accepted by: our own roots, those of time stamps, what was imported."""
        from signing.validation import TrustStore

        roots = (*self.signatories.trust_roots, *self.settings.timestamps.trust_roots)
        return TrustStore(self.settings.trust_folder).trust(roots)

    def judge(self, path: Path, *, require_revocation: bool | None = None) -> VerificationReport:
        """The verdict on a file from outside, by the rules set, in a process with limits."""
        from signing.validation import Rules

        limits = self.settings.validation
        if require_revocation is None:
            require_revocation = limits.revocation == "required"
        rules = Rules(require_revocation, online=False, max_bytes=limits.max_bytes)
        with self._lock:
            guard = self._guard
        return guard.verify(path, self.trust, rules=rules)

    @cached_property
    def _guard(self) -> Guard:
        from signing.validation import Guard

        limits = self.settings.validation
        guard = Guard(limits.timeout_seconds, limits.memory_megabytes)
        return self._stack.enter_context(guard)

    @cached_property
    def pool(self) -> ReaderPool:
        """The reading processes."""
        from extractors.pool import ReaderPool

        return self._stack.enter_context(ReaderPool(self.settings.reading, self.settings.intake))

    def check_pdfa(self, path: Path) -> Conformance:
        """What veraPDF says of a file; threads take turns at the one warm validator."""
        with self._lock:
            return self._validator.check(path)

    @cached_property
    def _validator(self) -> Validator:
        from copies.conformance import Validator

        return self._stack.enter_context(Validator())
