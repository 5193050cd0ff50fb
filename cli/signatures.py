"""``sohoa sign`` and ``sohoa verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.speech import say

if TYPE_CHECKING:
    pass


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("sign", help=say("Ký một tệp PDF.", "Sign one PDF file."))(sign)
    app.command("verify", help=say("Kiểm tra chữ ký số.", "Validate signatures."))(verify)
