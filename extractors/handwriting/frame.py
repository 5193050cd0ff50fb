"""The measures of a blank that is cut out for reading."""

from __future__ import annotations

from dataclasses import dataclass

HEIGHT = 36
# Reach above and below the baseline, and over the neighbours at either end, in x-heights of print.
ABOVE, BELOW, BESIDE = 3.0, 1.4, 1.3
MOST_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class Frame:
    """A blank on the upright page, in its pixels: from ``(x0, y0)`` to ``(x1, y1)`` on the baseline."""

    x0: float
    y0: float
    x1: float
    y1: float
    x_height: float

    @property
    def scale(self) -> float:
        """Pixels of the strip to one of the page."""
        return HEIGHT / ((ABOVE + BELOW) * self.x_height)
