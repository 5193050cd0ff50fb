"""What a person sees in the terminal: progress, tables, outcomes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console

from cli.speech import language, say
from dossiers.errors import Language

if TYPE_CHECKING:
    from pydantic import BaseModel

# File names and values are no markup, whatever brackets they hold; marked up text says so itself.
out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False)


def print_json(value: BaseModel | Mapping[str, object]) -> None:
    """One object on one line of standard output: what other programs read."""
    if isinstance(value, Mapping):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = value.model_dump_json(by_alias=True)
    sys.stdout.write(text + "\n")


def number(value: float, digits: int = 0) -> str:
    """A number as the reader's country writes it (Vietnam: comma for decimals, dot for thousands)."""
    english = f"{value:,.{digits}f}"
    if language() is Language.ENGLISH:
        return english
    return english.translate(str.maketrans(",.", ".,"))


def percent(confidence: float) -> str:
    """A confidence as a percentage, never rounded up to certainty."""
    return f"{min(int(confidence * 100), 99) if confidence < 1 else 100} %"


def size(byte_count: int) -> str:
    """A file size for people."""
    if byte_count < 1_000_000:
        return f"{number(byte_count / 1000)} kB"
    return f"{number(byte_count / 1_000_000, 1)} MB"


def seconds(duration: float) -> str:
    """A duration for people."""
    if duration < 60:
        return f"{number(duration, 1)} {say('giây', 's')}"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} {say('phút', 'min')} {rest:02d} {say('giây', 's')}"
