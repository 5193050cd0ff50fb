"""Dossiers in the ledger: heads, states and leases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, insert, or_, select, update

from dossiers.dossier import Agency, DossierHead, Procedure, Subject, SubjectKind
from dossiers.errors import NotFound
from dossiers.states import DOSSIER_MOVES, DossierState, check_move
from storage import tables
from storage.database import Database

_T = tables.dossiers
_SERIALS = 0x536F6431


@dataclass(frozen=True, slots=True)
class DossierRecord:
    """A dossier as the ledger has it."""

    head: DossierHead
    state: DossierState
    created_at: dt.datetime


class Dossiers:
    """Heads, states and leases of dossiers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, head: DossierHead) -> DossierRecord:
        """Record a dossier, or complete it: what is known later fills gaps, never erases."""
        now = dt.datetime.now(dt.UTC)
        known = _columns(head)
        with self._database.writing() as connection:
            self._database.lock(connection, _SERIALS)
            row = connection.execute(select(_T).where(_T.c.code == head.code)).first()
            if row is None:
                connection.execute(
                    insert(_T).values(
                        state=DossierState.RECEIVED, created_at=now, updated_at=now, **known
                    )
                )
            else:
                news = {k: v for k, v in known.items() if v is not None and getattr(row, k) is None}
                if news:
                    connection.execute(
                        update(_T).where(_T.c.code == head.code).values(updated_at=now, **news)
                    )
            return _record(connection.execute(select(_T).where(_T.c.code == head.code)).one())

    def next_code(self, agency: str, day: dt.date) -> str:
        """A code of the agency's own for papers that came without one: ``H31-261123-0001``.

        The shape is that of a dossier code (TT 03/2025/TT-VPCP, Điều 13); the serial is the first
        free one of the day.
        """
        stem = f"{agency}-{day:%y%m%d}-"
        with self._database.reading() as connection:
            taken = connection.scalars(select(_T.c.code).where(_T.c.code.startswith(stem))).all()
        serials = [int(code[len(stem) :]) for code in taken if code[len(stem) :].isdigit()]
        return f"{stem}{max(serials, default=0) + 1:04d}"

    def get(self, code: str) -> DossierRecord:
        """One dossier.

        Raises:
            NotFound: no such code.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(_T).where(_T.c.code == code)).first()
        if row is None:
            raise NotFound(kind="dossier", value=code)
        return _record(row)

    def find(
        self,
        states: Sequence[DossierState] | None = None,
        agency: str | None = None,
        limit: int = 1000,
    ) -> list[DossierRecord]:
        """Dossiers, newest first."""
        query = select(_T).order_by(_T.c.created_at.desc(), _T.c.code.desc()).limit(limit)
        if states is not None:
            query = query.where(_T.c.state.in_(list(states)))
        if agency is not None:
            query = query.where(_T.c.agency_code == agency)
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(query)]

    def move(self, code: str, target: DossierState) -> None:
        """Change the state.

        Raises:
            IllegalMove: the table of moves does not have it.
            NotFound: no such code.
        """
        with self._database.writing() as connection:
            source = connection.scalar(
                select(_T.c.state).where(_T.c.code == code).with_for_update()
            )
            if source is None:
                raise NotFound(kind="dossier", value=code)
            check_move(DOSSIER_MOVES, DossierState(source), target)
            connection.execute(
                update(_T)
                .where(_T.c.code == code)
                .values(state=target, updated_at=dt.datetime.now(dt.UTC))
            )

    def lease(self, code: str, owner: str, lasting: dt.timedelta) -> bool:
        """Take, or prolong, the right to digitise a dossier; false while another run holds it.

        A lease that ran out (its run was killed) is taken over.
        """
        now = dt.datetime.now(dt.UTC)
        free = or_(_T.c.lease_owner.is_(None), _T.c.lease_owner == owner, _T.c.lease_until < now)
        with self._database.writing() as connection:
            done = connection.execute(
                update(_T)
                .where(_T.c.code == code, free)
                .values(lease_owner=owner, lease_until=now + lasting)
            )
        return done.rowcount == 1

    def release(self, code: str, owner: str) -> None:
        """Give a lease back."""
        with self._database.writing() as connection:
            connection.execute(
                update(_T)
                .where(_T.c.code == code, _T.c.lease_owner == owner)
                .values(lease_owner=None, lease_until=None)
            )


def _columns(head: DossierHead) -> dict[str, object]:
    procedure, applicant = head.procedure, head.applicant
    return {
        "code": head.code,
        "agency_code": head.agency.code,
        "agency_name": head.agency.name,
        "procedure_code": procedure.code if procedure else None,
        "procedure_name": procedure.name if procedure else None,
        "applicant_kind": applicant.kind if applicant else None,
        "applicant_id": applicant.identifier if applicant else None,
        "applicant_name": applicant.name if applicant else None,
        "received_on": head.received_on,
    }


def _record(row: Row[tuple[object, ...]]) -> DossierRecord:
    head = DossierHead(
        code=row.code,
        agency=Agency(row.agency_code, row.agency_name),
        procedure=Procedure(row.procedure_code, row.procedure_name) if row.procedure_code else None,
        applicant=(
            Subject(SubjectKind(row.applicant_kind), row.applicant_id, row.applicant_name)
            if row.applicant_id
            else None
        ),
        received_on=row.received_on,
    )
    return DossierRecord(head, DossierState(row.state), row.created_at)
