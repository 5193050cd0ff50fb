"""The common meaning of fields that papers name each in their own way, as data.

Only fields of the person a number stands for: the mother's residence on a birth certificate is the
mother's, not the child's, and is hers only if her number is on the paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from dossiers.errors import InvalidFormFile
from extractors.checked_toml import Code, Document, FaultyFile, LooseEnd, Table, load_checked
from extractors.types import DocumentType, FieldKind, Name

_FILE = Path(__file__).with_name("vocabulary.toml")
_NUMBER_KINDS = (FieldKind.PERSONAL_NUMBER, FieldKind.IDENTITY_DOCUMENT)


class Meaning(Table):
    """What a field says about a person.

    ``fields`` are the names it has on papers, behind the person's own prefix; ``of_type`` names fields
    of a type that say it by themselves; ``pair`` is the meaning of which this is the other spouse's.
    ``changes``, ``stated``, ``valid``, ``today`` and ``confirm`` rule which paper is believed
    (:mod:`extractors.reuse.facts`).
    """

    name: Code
    title: Name
    fields: tuple[Code, ...] = ()
    of_type: Mapping[Code, Code] = {}
    pair: Code | None = None
    changes: bool = False
    stated: bool = False
    valid: bool = False
    today: bool = False
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class PersonOnPaper:
    """A person whom a type of paper describes: the field of the number, and fields by meaning."""

    number: str
    fields: Mapping[str, tuple[str, ...]]


class Vocabulary(Document):
    """All meanings, and how people and days are found on papers."""

    code: Code
    numbers: Annotated[tuple[Code, ...], Field(min_length=1)]
    dates: tuple[Code, ...] = ()
    statements: tuple[Code, ...] = ()
    deaths: tuple[Code, ...] = ()
    entries: Mapping[Code, Code] = {}
    pairs: Mapping[Code, Code] = {}
    meanings: Annotated[tuple[Meaning, ...], Field(min_length=1)]

    def loose_ends(self) -> Iterator[LooseEnd]:
        """Meanings named twice, and pairs of what has no meaning."""
        names = [meaning.name for meaning in self.meanings]
        for index, meaning in enumerate(self.meanings):
            if meaning.name in names[:index]:
                yield LooseEnd(("meanings", index, "name"), "repeated", meaning.name)
            if meaning.pair and meaning.pair not in names:
                yield LooseEnd(("meanings", index, "pair"), "unknown_meaning", meaning.pair, names)

    @cached_property
    def by_name(self) -> Mapping[str, Meaning]:
        """The meanings by name."""
        return {meaning.name: meaning for meaning in self.meanings}

    def people_on(self, kind: DocumentType) -> list[PersonOnPaper]:
        """The people a type describes by number, and which of its fields are theirs."""
        names = {field.name for field in kind.fields}
        found = []
        for field in kind.fields:
            prefix = self._prefix(field.name)
            if prefix is None or field.kind not in _NUMBER_KINDS:
                continue
            bound = self._bound(kind, field.name)
            own: dict[str, tuple[str, ...]] = {}
            for meaning in self.meanings:
                wanted = [bound.get(meaning.name, ""), meaning.of_type.get(kind.code, "")]
                wanted += [prefix + base for base in meaning.fields]
                wanted += self._of_the_other(meaning, prefix)
                here = [name for name in wanted if name in names]
                if here:
                    own[meaning.name] = tuple(dict.fromkeys(here))
            found.append(PersonOnPaper(field.name, own))
        return found

    def _prefix(self, name: str) -> str | None:
        """What names the person in the name of a number field: ``owner_``, or nothing."""
        for base in self.numbers:
            if name == base:
                return ""
            if name.endswith(f"_{base}"):
                return name.removesuffix(base)
        return None

    @staticmethod
    def _bound(kind: DocumentType, number: str) -> Mapping[str, str]:
        """What the type's checks bind to a number, by meaning."""
        person = next((person for person in kind.persons if person.number == number), None)
        if person is None:
            return {}
        bound = {"full_name": person.name, "birth_date": person.birth_date, "sex": person.sex}
        born = kind.field(person.birth_date or "")
        if born is not None and born.kind is not FieldKind.DATE:
            del bound["birth_date"]  # a year alone is no date of birth
        return {meaning: name for meaning, name in bound.items() if name}

    def _of_the_other(self, meaning: Meaning, prefix: str) -> list[str]:
        """The spouse's fields on a paper that describes both."""
        other = self.pairs.get(prefix.rstrip("_"))
        if meaning.pair is None or other is None:
            return []
        return [f"{other}_{base}" for base in self.by_name[meaning.pair].fields]


def load_vocabulary(file: Path = _FILE) -> Vocabulary:
    """The vocabulary.

    Raises:
        InvalidFormFile: it breaks the schema; tells every fault by line and key.
    """
    try:
        (vocabulary,) = load_checked(file, Vocabulary)
    except FaultyFile as error:
        raise InvalidFormFile(
            file=file.name,
            vi="; ".join(fault.told(english=False) for fault in error.faults),
            en="; ".join(fault.told(english=True) for fault in error.faults),
        ) from error
    return vocabulary
