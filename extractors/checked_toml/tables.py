"""What the tables of a checked file are: pydantic models that nothing unknown passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field

Place = tuple[str | int, ...]
"""Where something stands: keys, and indices of list elements from 0."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class Table(BaseModel):
    """A table: a key it does not know is a fault, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class LooseEnd:
    """A name that is used in a file and means nothing there; ``known`` are those that do."""

    place: Place
    fault: str
    name: str
    known: Sequence[str] = ()


class Document(Table):
    """A whole file's table, which knows which of its names lead nowhere."""

    def loose_ends(self) -> Iterator[LooseEnd]:
        """What the tables cannot see each by itself."""
        return iter(())


def follow(model: type[BaseModel], location: Place) -> tuple[Place, list[str]]:
    """A place as pydantic tells it, without the tags of unions, and the keys its table may have."""
    place: list[str | int] = []
    tables = [model]
    keys = tables
    for part in location:
        tagged = [table for table in tables if part in _tags(table)]
        if tagged and isinstance(part, str) and len(tables) > 1:
            tables = tagged
            continue
        place.append(part)
        if isinstance(part, str):
            keys = tables
            fields = [table.model_fields.get(part) for table in tables]
            tables = [inner for field in fields if field for inner in _tables_in(field.annotation)]
    return tuple(place), [key for table in keys for key in table.model_fields]


def _tags(table: type[BaseModel]) -> tuple[Any, ...]:
    kind = table.model_fields.get("kind")
    return get_args(kind.annotation) if kind else ()


def _tables_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _tables_in(inner)
