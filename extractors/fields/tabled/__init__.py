"""Fields in the rows of tables, by the heads of their columns."""

from __future__ import annotations

from extractors.fields.tabled.finding import Tabled, find_tabled
from extractors.fields.tabled.gaps import gaps_of

__all__ = ["Tabled", "find_tabled", "gaps_of"]
