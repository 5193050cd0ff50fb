"""Regular expressions in type files: values known by their shape, and codes and what they hold."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from dossiers.reading import Symbology
from extractors.checked_toml import Table


def _compiles(text: str) -> str:
    try:
        compiled(text)
    except re.error as error:
        raise PydanticCustomError("bad_pattern", "{why}", {"why": str(error)}) from error
    return text


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
