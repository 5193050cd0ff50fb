"""Regular expressions in type files: values known by their shape, and codes and what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from re import _parser  # type: ignore[attr-defined]  # what parses patterns has no public name
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from dossiers.reading import Symbology
from extractors.checked_toml import Table

# A repeat without limit counts as so many, and a pattern may try so many ways at one place.
_MANY, _MOST_WAYS = 40, 10**8
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def _compiles(text: str) -> str:
    try:
        compiled(text)
        parsed = _parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise PydanticCustomError("bad_pattern", "{why}", {"why": str(error)}) from error
    if _ways(parsed) > _MOST_WAYS:
        raise PydanticCustomError("endless_pattern", "a repeat within a repeat may run for ever")
    return text


def _ways(node: Any) -> int:
    r"""About how many ways a repeat within a repeat, at worst, can share out one text.

    Of ``(\w+\.?)+`` their number doubles with each letter, and ``re`` has no limit of time.
    """
    name = _name(node)
    if name in _REPEATS:
        least, most, body = node[1]
        most = min(int(most), _MANY)
        if _is_parted(body):
            return most + 1
        inner = _ways(body)
        span = most - min(int(least), most) + 1
        return _bounded(inner if name == "POSSESSIVE_REPEAT" else span * inner**most)
    inner = max(map(_ways, _parts(node)), default=1)
    return _bounded(inner * len(node[1][1])) if name == "BRANCH" else inner


def _bounded(ways: int) -> int:
    return min(ways, _MOST_WAYS + 1)


def _is_parted(body: Any) -> bool:
    r"""Whether each round begins with a sign nothing else in it can be, as in ``( \w+){1,6}``.

    There is then one way only to share out a text, if but one thing in a round may vary.
    """
    if not body:
        return True
    first, *others = body
    if _name(first) != "LITERAL" or chr(first[1]).isalnum():
        return False
    varied = [other for other in others if _ways(other) > 1]
    return len(varied) <= 1 and not any(_may_be(other, chr(first[1])) for other in others)


def _may_be(node: Any, sign: str) -> bool:
    """Whether a part of a pattern may stand for a sign that is no letter and no figure."""
    match _name(node):
        case "LITERAL":
            return bool(chr(node[1]) == sign)
        case "RANGE":
            return bool(node[1][0] <= ord(sign) <= node[1][1])
        case "CATEGORY":
            return str(node[1]) not in ("CATEGORY_DIGIT", "CATEGORY_WORD") or sign == "_"
        case "IN":
            return any(_may_be(item, sign) for item in node[1])
        case name if name in _REPEATS and len(node[1][2]) == 1:
            return _may_be(node[1][2][0], sign)
    return True


def _name(node: Any) -> str:
    """The operation of a part of a parsed pattern; empty for what only holds parts."""
    operation = node[0] if isinstance(node, tuple) and node else None
    return str(operation) if hasattr(operation, "name") else ""


def _parts(node: Any) -> Iterator[Any]:
    if isinstance(node, (tuple, list, _parser.SubPattern)):
        yield from node


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, compiled once."""
    return re.compile(pattern)


Pattern = Annotated[str, AfterValidator(_compiles)]


class CodeSource(Table):
    """What a QR code or barcode of the paper holds: named groups are the fields they give.

    The pattern must fit the whole text of the code; where several fit, the first counts.
    """

    symbology: Symbology
    pattern: Pattern

    @model_validator(mode="after")
    def _holds_something(self) -> CodeSource:
        if not compiled(self.pattern).groupindex:
            raise PydanticCustomError("no_groups", "a code's pattern names no field: (?P<field>…)")
        if self.symbology is Symbology.MRZ:
            raise PydanticCustomError("mrz_pattern", "an MRZ has its own format and no pattern")
        return self

    @property
    def gives(self) -> tuple[str, ...]:
        """The fields it gives, in the order of the pattern."""
        return tuple(compiled(self.pattern).groupindex)
