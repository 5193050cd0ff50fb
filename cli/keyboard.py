"""A person at a keyboard, asked for a one-time password while documents wait for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click
import typer
from pydantic import SecretStr

from cli.screen import err
from cli.speech import say

if TYPE_CHECKING:
    from signing.keys.factors import Ask, Question


def at_keyboard(
    quiet: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Ask | None:
    """Who asks; ``None`` where nobody sits. ``quiet`` stills what moves on the screen meanwhile."""
    if not sys.stdin.isatty():
        return None

    def ask(question: Question) -> SecretStr | None:
        with quiet():
            return _asked(question)

    return ask


def _asked(question: Question) -> SecretStr | None:
    err.print(
        say(
            f"{question.signer} ký {question.count} văn bản tại {question.service}.",
            f"{question.signer} signs {question.count} documents at {question.service}.",
        ),
        markup=False,
    )
    for line in (question.description, question.challenge):
        if line:
            err.print(f"  {line}", markup=False)
    try:
        given = typer.prompt(
            say(f"Nhập {question.label}", f"Enter {question.label}"), hide_input=True, err=True
        )
    except click.Abort:
        return None
    return SecretStr(given.strip())
