"""Linking a document to the subjects it concerns, with how the link was made and how sure it is."""

from __future__ import annotations

from dossiers.dossier import Subject, SubjectKind, SubjectLink
from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.personal import PersonalNumber
from dossiers.identifiers.tax import TaxCode
from dossiers.reading import DocumentReading, Field, FieldSource
from extractors.types import DocumentType, FieldKind
from flows.services import Services
from storage.documents import DocumentRecord
from storage.dossiers import DossierRecord

ACTOR = "linking"
_APPLICANT = "applicant"
_PEOPLE = (FieldKind.PERSONAL_NUMBER, FieldKind.IDENTITY_DOCUMENT)
_HOW = {FieldSource.CODE: SubjectLink.CODE, FieldSource.PERSON: SubjectLink.PERSON}


def link_subjects(
    services: Services, dossier: DossierRecord, doc: DocumentRecord, reading: DocumentReading
) -> None:
    """The applicant from the manifest; people and organisations by numbers that passed unseen.

    A doubtful number links nobody: a paper in the wrong person's store is worse than one missing.
    Whom an earlier reading linked, and this one does not, loses the paper.
    """
    citizens = services.ledger.citizens
    linked: set[str] = set()
    if dossier.head.applicant:
        citizens.link(dossier.head.applicant, doc.code, SubjectLink.MANIFEST, 1.0, _APPLICANT)
        linked.add(dossier.head.applicant.identifier)
    kind = services.types.get(reading.type.code)
    for name, field in reading.fields.items():
        if kind is None or name in reading.doubtful:
            continue
        subject = _subject(kind, name, field, reading)
        if subject:
            how = _HOW.get(field.source, SubjectLink.PRINTED)
            citizens.link(subject, doc.code, how, field.confidence, name)
            linked.add(subject.identifier)
    for wrong in citizens.unlink_others(doc.code, linked):
        services.ledger.audit.append(ACTOR, "subject.unlinked", wrong, document=doc.code)


def _subject(
    kind: DocumentType, name: str, field: Field, reading: DocumentReading
) -> Subject | None:
    declared = kind.field(name)
    try:
        if declared and declared.kind in _PEOPLE:
            number = str(PersonalNumber.parse(field.value))
            return Subject(SubjectKind.CITIZEN, number, _name(kind, name, reading))
        if declared and declared.kind is FieldKind.BUSINESS_CODE:
            code = str(TaxCode.parse(field.value))
            if len(code) != 12:  # twelve digits are the head's personal number
                return Subject(SubjectKind.ORGANISATION, code)
    except InvalidIdentifier:
        return None
    return None


def _name(kind: DocumentType, number_name: str, reading: DocumentReading) -> str | None:
    person = next((p for p in kind.persons if p.number == number_name), None)
    field = reading.fields.get(person.name) if person and person.name else None
    return field.value if field and field.name not in reading.doubtful else None
