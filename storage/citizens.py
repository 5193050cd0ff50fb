"""The citizen store (kho dữ liệu điện tử của tổ chức, cá nhân; NĐ 45/2020/NĐ-CP, Điều 16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from dossiers.dossier import Subject, SubjectKind, SubjectLink
from storage import tables
from storage.database import Database

_S = tables.subjects
_L = tables.subject_documents
_LINKS = 0x536F6435
_STRENGTH = [SubjectLink.PRINTED, SubjectLink.CODE, SubjectLink.PERSON, SubjectLink.MANIFEST]


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document of a subject: how it came to be linked, how sure that is (0 to 1), in what role.

    ``role`` is ``applicant`` or the name of the field that held the number.
    """

    document_code: str
    how: SubjectLink
    confidence: float
    role: str
    linked_at: dt.datetime


class CitizenStore:
    """Documents by personal number or tax code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def link(
        self, subject: Subject, document_code: str, how: SubjectLink, confidence: float, role: str
    ) -> None:
        """Link a document to a subject; a surer link replaces a weaker one, never the reverse."""
        now = dt.datetime.now(dt.UTC)
        same = (_L.c.identifier == subject.identifier, _L.c.document_code == document_code)
        values = {"how": how, "confidence": confidence, "role": role, "linked_at": now}
        with self._database.writing() as connection:
            self._database.lock(connection, _LINKS)
            known = connection.execute(
                select(_S).where(_S.c.identifier == subject.identifier)
            ).first()
            if known is None:
                connection.execute(
                    insert(_S).values(
                        identifier=subject.identifier,
                        kind=subject.kind,
                        name=subject.name,
                        first_seen=now,
                    )
                )
            elif known.name is None and subject.name:
                connection.execute(
                    update(_S)
                    .where(_S.c.identifier == subject.identifier)
                    .values(name=subject.name)
                )
            present = connection.execute(select(_L).where(*same)).first()
            if present is None:
                connection.execute(
                    insert(_L).values(
                        identifier=subject.identifier, document_code=document_code, **values
                    )
                )
            elif _surer(how, confidence, SubjectLink(present.how), present.confidence):
                connection.execute(update(_L).where(*same).values(**values))

    def unlink_others(self, document_code: str, keep: Collection[str]) -> list[str]:
        """Take a document from every subject but those to ``keep``; whom it was taken from.

        A subject that has no document left is forgotten: its number was misread.
        """
        with self._database.writing() as connection:
            self._database.lock(connection, _LINKS)
            linked = select(_L.c.identifier).where(_L.c.document_code == document_code)
            wrong = sorted(set(connection.scalars(linked)) - set(keep))
            for identifier in wrong:
                connection.execute(
                    delete(_L).where(
                        _L.c.document_code == document_code, _L.c.identifier == identifier
                    )
                )
                others = select(_L.c.document_code).where(_L.c.identifier == identifier).limit(1)
                if connection.scalar(others) is None:
                    connection.execute(delete(_S).where(_S.c.identifier == identifier))
        return wrong

    def subject(self, identifier: str) -> Subject | None:
        """What is known of a subject."""
        with self._database.reading() as connection:
            row = connection.execute(select(_S).where(_S.c.identifier == identifier)).first()
        return Subject(SubjectKind(row.kind), row.identifier, row.name) if row else None

    def documents(self, identifier: str) -> list[LinkedDocument]:
        """The documents of a subject, newest link first."""
        query = select(_L).where(_L.c.identifier == identifier).order_by(_L.c.linked_at.desc())
        with self._database.reading() as connection:
            return [
                LinkedDocument(
                    r.document_code, SubjectLink(r.how), r.confidence, r.role, r.linked_at
                )
                for r in connection.execute(query)
            ]


def _surer(how: SubjectLink, confidence: float, was: SubjectLink, before: float) -> bool:
    return (_STRENGTH.index(how), confidence) > (_STRENGTH.index(was), before)
