"""Intake claims: which file from which folder became what, each exactly once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Row, delete, insert, select, update

from dossiers.states import INTAKE_MOVES, IntakeState, check_move
from storage import tables
from storage.database import Database

_T = tables.intake_files
_CLAIMS = 0x536F6432


@dataclass(frozen=True, slots=True)
class Claim:
    """A file claimed for a dossier, by content. ``fresh`` is false when it was claimed before."""

    id: int
    dossier_code: str
    sha256: str
    name: str
    source_path: Path
    state: IntakeState
    document_code: str | None
    reason_code: str | None
    reason: str | None
    moved_to: str | None
    fresh: bool = False


class Intake:
    """Claims on files of the intake folders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, dossier_code: str, sha256: str, source: Path) -> Claim:
        """Claim a file; the same file again (a run that was killed) gives the claim of then.

        Two processes may claim at once: both get the same claim, one of them ``fresh``.
        """
        same = (
            _T.c.dossier_code == dossier_code,
            _T.c.sha256 == sha256,
            _T.c.name == source.name,
        )
        with self._database.writing() as connection:
            self._database.lock(connection, _CLAIMS)
            row = connection.execute(select(_T).where(*same)).first()
            fresh = row is None
            if row is None:
                connection.execute(
                    insert(_T).values(
                        dossier_code=dossier_code,
                        sha256=sha256,
                        name=source.name,
                        source_path=str(source),
                        state=IntakeState.CLAIMED,
                        claimed_at=dt.datetime.now(dt.UTC),
                    )
                )
                row = connection.execute(select(_T).where(*same)).one()
        return _claim(row, fresh=fresh)

    def move(
        self,
        claim: Claim,
        target: IntakeState,
        *,
        document_code: str | None = None,
        reason_code: str | None = None,
        reason: str | None = None,
    ) -> Claim:
        """Record what became of a claim.

        Raises:
            IllegalMove: the table of moves does not have it.
        """
        news = {"document_code": document_code, "reason_code": reason_code, "reason": reason}
        known: dict[str, object] = {name: text for name, text in news.items() if text is not None}
        return self._update(claim.id, target, {"state": target, **known})

    def moved(self, claim: Claim, target: IntakeState, destination: Path) -> Claim:
        """Record that the source has left the intake folder: the claim is settled."""
        values: dict[str, object] = {
            "state": target,
            "moved_to": str(destination),
            "settled_at": dt.datetime.now(dt.UTC),
        }
        return self._update(claim.id, target, values)

    def release(self, claim: Claim) -> None:
        """Take back a claim on a file that turned out to be still changing."""
        with self._database.writing() as connection:
            connection.execute(
                delete(_T).where(_T.c.id == claim.id, _T.c.state == IntakeState.CLAIMED)
            )

    def dossier_of_source(self, folder: Path) -> str | None:
        """The dossier that an unsettled claim on this path, or on a file in it, was made for."""
        return next(
            (
                claim.dossier_code
                for claim in self.unsettled()
                if folder in (claim.source_path, claim.source_path.parent)
            ),
            None,
        )

    def unsettled(self) -> list[Claim]:
        """Claims whose source has not been seen to leave the intake folder, oldest first."""
        query = select(_T).where(_T.c.settled_at.is_(None)).order_by(_T.c.id)
        with self._database.reading() as connection:
            return [_claim(row) for row in connection.execute(query)]

    def of_dossier(self, dossier_code: str) -> list[Claim]:
        """All claims for a dossier, in the order they were made."""
        query = select(_T).where(_T.c.dossier_code == dossier_code).order_by(_T.c.id)
        with self._database.reading() as connection:
            return [_claim(row) for row in connection.execute(query)]

    def _update(self, claim_id: int, target: IntakeState, values: dict[str, object]) -> Claim:
        with self._database.writing() as connection:
            source = connection.scalars(
                select(_T.c.state).where(_T.c.id == claim_id).with_for_update()
            ).one()
            check_move(INTAKE_MOVES, IntakeState(source), target)
            connection.execute(update(_T).where(_T.c.id == claim_id).values(**values))
            return _claim(connection.execute(select(_T).where(_T.c.id == claim_id)).one())


def _claim(row: Row[tuple[object, ...]], *, fresh: bool = False) -> Claim:
    return Claim(
        row.id,
        row.dossier_code,
        row.sha256,
        row.name,
        Path(row.source_path),
        IntakeState(row.state),
        row.document_code,
        row.reason_code,
        row.reason,
        row.moved_to,
        fresh,
    )
