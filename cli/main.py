"""The program ``sohoa``: assembles the commands and maps errors to exit codes.

Exit codes are a contract: 0 all well, 1 something was rejected or failed verification, 2 wrong
usage or settings, 130 interrupted.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Annotated

import typer

from cli import (
    certification,
    correcting,
    covers,
    demo,
    digitise,
    documents,
    evaluation,
    evidence,
    lookup,
    reading,
    reuse,
    review,
    serving,
    signatures,
    trust,
    types,
    upkeep,
    verification,
)
from cli.speech import language, say
from cli.system_faults import code_of, sentence_of
from dossiers.errors import Category, SohoaError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="sohoa",
    help=say(
        "Số hóa hồ sơ, giấy tờ và kết quả thủ tục hành chính thành bản điện tử có ký số.",
        "Turns paper dossiers and results into signed electronic copies.",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _options(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help=say("Ghi nhật ký chi tiết.", "Log more."))
    ] = False,
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


for _room in (
    digitise,
    covers,
    correcting,
    documents,
    reading,
    signatures,
    verification,
    trust,
    certification,
    lookup,
    reuse,
    review,
    serving,
    upkeep,
    evidence,
    demo,
    types,
    evaluation,
):
    _room.register(app)


def main() -> None:
    """Run the program; never shows a stack trace for an error that has a name, or of the system."""
    try:
        app()
    except SohoaError as error:
        _report(error.code, error.message(language()))
        raise SystemExit(
            EXIT_USAGE if error.category is Category.CONFIGURATION else EXIT_FAILED
        ) from error
    except KeyboardInterrupt:
        raise SystemExit(EXIT_INTERRUPTED) from None
    except BrokenPipeError:
        # The reader of our output (head, less) went away; not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_FAILED) from None
    except OSError as error:
        logging.getLogger(__name__).info("fault of the system", exc_info=error)
        _report(code_of(error), sentence_of(error))
        raise SystemExit(EXIT_FAILED) from error


def _report(code: str, message: str) -> None:
    if "--json" in sys.argv:
        body = {"error": {"code": code, "message": message}}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"sohoa: {message} [{code}]\n")
