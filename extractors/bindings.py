"""What binds the fields of a paper to each other, as tables of its type's ``checks``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from extractors.checked_toml import Code, Table, Text
from extractors.checked_toml.tables import Place

_Several = Annotated[tuple[Code, ...], Field(min_length=2)]


# Keys of a check that name no field.
_NO_FIELDS = ("kind", "label", "says")


class _Binding(Table):
    """A table of ``checks``; its keys but ``kind``, ``label`` and ``says`` name fields."""

    def named(self) -> Iterator[tuple[Place, str]]:
        """The fields bound, each with its place in the table."""
        for key, value in self:
            if key in _NO_FIELDS or value is None:
                continue
            if isinstance(value, tuple):
                yield from (((key, at), name) for at, name in enumerate(value))
            else:
                yield (key,), value

    def of(self, prefix: str) -> Self:
        """The same check of fields whose names begin so."""
        changes: dict[str, object] = {}
        for key, value in self:
            if key in _NO_FIELDS or value is None:
                continue
            several = isinstance(value, tuple)
            changes[key] = tuple(prefix + v for v in value) if several else prefix + value
        return self.model_copy(update=changes)


class PersonCheck(_Binding):
    """Fields that describe one person: number, birth date (or year), sex and name must agree.

    ``registered_at`` is where the birth was registered, whose province the number names, and
    ``registered_on`` when: the number of a newborn is given then.
    """

    kind: Literal["person"]
    number: Code | None = None
    birth_date: Code | None = None
    sex: Code | None = None
    name: Code | None = None
    registered_at: Code | None = None
    registered_on: Code | None = None

    @model_validator(mode="after")
    def _binds(self) -> Self:
        if len(list(self.named())) < 2:
            raise PydanticCustomError("binds_nothing", "a person is bound by at least two fields")
        return self


class DateWordsCheck(_Binding):
    """A date that is printed once more in words, behind ``label``."""

    kind: Literal["date_words"]
    field: Code
    label: Text = "ghi bằng chữ"


class OrderCheck(_Binding):
    """A day that cannot lie after another."""

    kind: Literal["order"]
    earlier: Code
    later: Code


class AmountWordsCheck(_Binding):
    """An amount in figures and the field that holds it in words."""

    kind: Literal["amount_words"]
    field: Code
    words: Code


class SumCheck(_Binding):
    """Parts that add up to a total."""

    kind: Literal["sum"]
    parts: _Several
    total: Code


class SameCheck(_Binding):
    """One value printed at several places; only where the field ``when`` ``says`` so, if given."""

    kind: Literal["same"]
    fields: _Several
    when: Code | None = None
    says: Text | None = None

    @model_validator(mode="after")
    def _whole_condition(self) -> Self:
        if (self.when is None) != (self.says is None):
            raise PydanticCustomError("half_condition", "when and says need each other")
        return self


class NamesakeCheck(_Binding):
    """Names of people who may be one: names a letter or marks apart are one, others are two."""

    kind: Literal["namesake"]
    fields: _Several


Check = Annotated[
    PersonCheck
    | DateWordsCheck
    | OrderCheck
    | AmountWordsCheck
    | SumCheck
    | SameCheck
    | NamesakeCheck,
    Field(discriminator="kind"),
]
