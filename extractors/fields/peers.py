"""The same people over all papers of a dossier: numbers, names, births and sex must agree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dossiers.reading import Field
from dossiers.text import fold
from extractors.bindings import PersonCheck
from extractors.fields.evidence import Finding
from extractors.types import DocumentType

# Numbers of one person that differ by more figures are numbers of two people.
_MISREAD = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """What a paper says of a person, whether it passed there unseen, and how people write it."""

    value: str
    sure: bool
    display: str = ""

    @property
    def shown(self) -> str:
        """The value as a person should see it."""
        return self.display or self.value


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as another paper of the dossier has them; ``paper`` is its file, for reasons."""

    paper: str
    number: Fact
    name: Fact | None = None
    birth_date: Fact | None = None
    sex: Fact | None = None


def people_of(
    kind: DocumentType, paper: str, fields: Mapping[str, Field], doubtful: Collection[str]
) -> Iterator[KnownPerson]:
    """The people a paper gives a number of, by the fields its type binds to them."""

    def fact(name: str | None) -> Fact | None:
        field = fields.get(name or "")
        return Fact(field.value, field.name not in doubtful, field.display) if field else None

    for person in kind.persons:
        number = fact(person.number)
        if number:
            yield KnownPerson(
                paper, number, fact(person.name), fact(person.birth_date), fact(person.sex)
            )


def check_people(
    kind: DocumentType, findings: dict[str, Finding], others: Sequence[KnownPerson]
) -> None:
    """Lets other papers confirm what a paper says of its people, or deny it.

    What is doubtful there still confirms, for two papers are not misread alike; it denies nothing.
    """
    for person in kind.persons:
        number = findings.get(person.number or "")
        if number is None:
            continue
        for other in others:
            if other.number.value == number.field.value:
                _same_person(person, findings, other)
            elif _is_misread(person, findings, other):
                said = f"{other.paper} has the number {other.number.value}"
                name = number.field.name
                findings[name] = findings[name].contradicted("papers", said)


def _same_person(person: PersonCheck, findings: dict[str, Finding], other: KnownPerson) -> None:
    confirmed = False
    facts = (
        (person.name, other.name),
        (person.birth_date, other.birth_date),
        (person.sex, other.sex),
    )
    for name, fact in facts:
        finding = findings.get(name or "")
        if finding is None or fact is None:
            continue
        if _alike(finding.field.value, fact.value):
            findings[finding.field.name] = finding.agreeing("papers", f"agrees with {other.paper}")
            confirmed = True
        elif fact.sure:
            said = f"{other.paper} says {fact.shown}"
            findings[finding.field.name] = finding.contradicted("papers", said)
    if confirmed and person.number:
        told = f"{other.paper} has the same number"
        findings[person.number] = findings[person.number].agreeing("papers", told)


def _alike(one: str, other: str) -> bool:
    """Names in capitals are the same names; of older papers only the year of a date is known."""
    short, long = sorted((one, other), key=len)
    if len(short) == 4 and short.isdigit():
        return long.startswith(short)
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _is_misread(person: PersonCheck, findings: Mapping[str, Finding], other: KnownPerson) -> bool:
    """Whether another paper is about the same person by name and birth, under nearly this number."""
    name, birth = findings.get(person.name or ""), findings.get(person.birth_date or "")
    if not (name and birth and other.name and other.birth_date and other.number.sure):
        return False
    if fold(name.field.value) != fold(other.name.value):
        return False
    if birth.field.value != other.birth_date.value:
        return False
    return figures_apart(findings[person.number or ""].field.value, other.number.value) <= _MISREAD


def figures_apart(one: str, other: str) -> int:
    """In how many figures two numbers differ; in all, where one is longer."""
    if len(one) != len(other):
        return max(len(one), len(other))
    return sum(a != b for a, b in zip(one, other, strict=True))
