"""How a fault becomes the outcome of a page."""

from __future__ import annotations

from dossiers.errors import Language, SohoaError
from dossiers.reading import PageOutcome, PageReading, Problem


def failed_page(number: int, engine: str, error: SohoaError) -> PageReading:
    """The reading of a page that could not be read."""
    return PageReading(
        number=number,
        width=595.28,
        height=841.89,
        dpi=0.0,
        rotation=0,
        skew=0.0,
        outcome=PageOutcome.FAILED,
        engine=engine,
        problems=(problem_of(error, number),),
    )


def problem_of(error: SohoaError, page: int | None) -> Problem:
    """An error as something to show beside the page."""
    return Problem(
        error.code, error.message(Language.VIETNAMESE), error.message(Language.ENGLISH), page
    )
