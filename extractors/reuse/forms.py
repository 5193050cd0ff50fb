"""The forms of procedures as data: what they ask for, and of whom; filled from what is known.

A form is one TOML file; the built-in ones lie in ``extractors/reuse/forms/``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from dossiers.errors import InvalidFormFile
from extractors.checked_toml import Code, Document, FaultyFile, LooseEnd, Table, Text, load_checked
from extractors.reuse.facts import Fact
from extractors.reuse.vocabulary import load_vocabulary
from extractors.types import Name

_BUILT_IN = Path(__file__).with_name("forms")
APPLICANT = "applicant"


class Role(Table):
    """Somebody the form asks about, beside the applicant."""

    name: Code
    title: Name


class FormField(Table):
    """One thing the form asks for; without a ``meaning`` only people can say it."""

    name: Code
    title: Name
    meaning: Code | None = None
    of: Code = APPLICANT


class Form(Document):
    """A form; ``basis`` names the text that has it, ``procedures`` the codes of those that use it."""

    code: Code
    name: Name
    basis: Text
    procedures: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    fields: Annotated[tuple[FormField, ...], Field(min_length=1)]

    def loose_ends(self) -> Iterator[LooseEnd]:
        """Fields named twice, people nobody introduced, and meanings that do not exist."""
        people = [APPLICANT, *(role.name for role in self.roles)]
        meanings = list(load_vocabulary().by_name)
        names = [field.name for field in self.fields]
        for index, field in enumerate(self.fields):
            if field.name in names[:index]:
                yield LooseEnd(("fields", index, "name"), "repeated", field.name)
            if field.of not in people:
                yield LooseEnd(("fields", index, "of"), "unknown_role", field.of, people)
            if field.meaning and field.meaning not in meanings:
                place = ("fields", index, "meaning")
                yield LooseEnd(place, "unknown_meaning", field.meaning, meanings)


class Filling(StrEnum):
    """How a field of a form stands before a person writes.

    ``given`` is what the person was looked up by; ``suggested`` is to be confirmed first.
    """

    FILLED = "filled"
    GIVEN = "given"
    SUGGESTED = "suggested"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field of a form with what is known; ``fact`` says where it comes from."""

    field: FormField
    filling: Filling
    value: str = ""
    display: str = ""
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form with what is known of the people it asks about."""

    form: Form
    fields: tuple[FilledField, ...]

    @property
    def share(self) -> float:
        """The share of all its fields that the store filled, 0 to 1; numbers given do not count."""
        return sum(own.filling is Filling.FILLED for own in self.fields) / len(self.fields)


def fill(
    form: Form, numbers: Mapping[str, str], facts: Mapping[str, Mapping[str, Fact]]
) -> FilledForm:
    """The form filled.

    Args:
        form: what is asked.
        numbers: the personal number of each person, by role.
        facts: what is known of each person, by role.
    """
    return FilledForm(form, tuple(_filled(field, numbers, facts) for field in form.fields))


def _filled(
    field: FormField, numbers: Mapping[str, str], facts: Mapping[str, Mapping[str, Fact]]
) -> FilledField:
    if field.meaning is None:
        return FilledField(field, Filling.ASKED)
    fact = facts.get(field.of, {}).get(field.meaning)
    if field.meaning == "personal_number" and field.of in numbers:
        return FilledField(field, Filling.GIVEN, numbers[field.of], "", fact)
    if fact is None or (fact.meaning.valid and fact.best.expired):
        return FilledField(field, Filling.ASKED)
    filling = Filling.FILLED if fact.reusable else Filling.SUGGESTED
    return FilledField(field, filling, fact.best.field.value, fact.best.shown, fact)


def load_forms(folder: Path | None = None) -> dict[str, Form]:
    """The built-in forms, and an administrator's own, which may replace built-in ones; by code.

    Raises:
        InvalidFormFile: a file breaks the schema; tells every fault by line and key.
    """
    files = sorted(_BUILT_IN.glob("*.toml"))
    if folder is not None:
        if not folder.is_dir():
            raise InvalidFormFile(file=folder, vi="không có thư mục này", en="no such folder")
        files += sorted(folder.glob("*.toml"))
    return {form.code: form for file in files for form in _load(file)}


def _load(file: Path) -> tuple[Form, ...]:
    try:
        return load_checked(file, Form)
    except FaultyFile as error:
        raise InvalidFormFile(
            file=file.name,
            vi="; ".join(fault.told(english=False) for fault in error.faults),
            en="; ".join(fault.told(english=True) for fault in error.faults),
        ) from error
