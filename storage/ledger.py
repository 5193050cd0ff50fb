"""The ledger: what was taken in, read, signed and stored. It is the truth; schedulers only show."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from storage.access import ApiKeys
from storage.audit import AuditTrail
from storage.citizens import CitizenStore
from storage.database import Database
from storage.divisions import Divisions
from storage.documents import Documents
from storage.dossiers import Dossiers
from storage.evidence import Evidence
from storage.intake import Intake
from storage.preservation import PreservationQueue
from storage.register import CertificationRegister
from storage.review import Review
from storage.search import SearchIndex


class Ledger:
    """The rooms of the ledger on one database; a context manager."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dossiers = Dossiers(database)
        self.intake = Intake(database)
        self.documents = Documents(database)
        self.citizens = CitizenStore(database)
        self.preservation = PreservationQueue(database)
        self.search = SearchIndex(database)
        self.audit = AuditTrail(database)
        self.divisions = Divisions(database, self.audit)
        self.review = Review(database, self.audit)
        self.keys = ApiKeys(database)
        self.evidence = Evidence(database)
        self.register = CertificationRegister(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()


def open_ledger(url: str) -> Ledger:
    """The ledger at a SQLAlchemy URL, brought up to date.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    return Ledger(Database(url))
