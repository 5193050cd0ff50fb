"""Check boxes in text, drawn or printed: empty ones and marked ones."""

from __future__ import annotations

EMPTY, MARKED = "☐", "☑"
EMPTY_MARKS = frozenset("☐□◻▢")
MARKED_MARKS = frozenset("☑☒■◼✓✔✗✘🗹🗷")
TICK_MARKS = EMPTY_MARKS | MARKED_MARKS
