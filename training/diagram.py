"""The reliability diagram of docs/confidence.md, as SVG: how sure the values were, how many right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path
from xml.sax.saxutils import escape

_SIDE, _MARGIN = 320, 52
_WHOLE = _SIDE + 2 * _MARGIN
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WHOLE}" height="{_WHOLE}" '
    'font-family="sans-serif" font-size="11" fill="#222">'
)
# What is of interest lies between here and certainty; the axes are of the share that is wrong.
_TICKS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
_INK, _GRID, _POINT = "#222", "#ddd", "#1f5fa8"


def write_diagram(
    series: Mapping[str, Sequence[Mapping[str, float]]], title: str, out: Path
) -> None:
    """Draws points of (1 - confidence, share wrong) on axes of a logarithm; the diagonal is perfect.

    Args:
        series: by what they were measured on; each as :func:`training.confidence.reliability` gives.
        title: above the diagram.
        out: the file.
    """
    parts = [
        _HEAD,
        '<rect width="100%" height="100%" fill="white"/>',
        _text(_MARGIN + _SIDE / 2, 20, title, anchor="middle", weight="bold"),
        _text(
            _MARGIN + _SIDE / 2, 2 * _MARGIN + _SIDE - 14, "wrong, as the model expects", "middle"
        ),
        f'<g transform="translate(14 {_MARGIN + _SIDE / 2}) rotate(-90)">'
        + _text(0, 0, "wrong, as counted", "middle")
        + "</g>",
    ]
    for tick in _TICKS:
        at = _place(tick)
        x, y = _MARGIN + at, _MARGIN + _SIDE - at
        parts += [
            _line(x, _MARGIN, x, _MARGIN + _SIDE, _GRID),
            _line(_MARGIN, y, _MARGIN + _SIDE, y, _GRID),
            _text(x, _MARGIN + _SIDE + 14, f"{100 * tick:g} %", "middle"),
            _text(_MARGIN - 4, y + 4, f"{100 * tick:g}", "end"),
        ]
    parts.append(_line(_MARGIN, _MARGIN + _SIDE, _MARGIN + _SIDE, _MARGIN, _INK))
    for number, (name, bins) in enumerate(series.items()):
        filled = _POINT if number == 0 else "white"
        legend = _MARGIN + 14 + 16 * number
        parts += [_dot(_MARGIN + 12, legend - 4, filled), _text(_MARGIN + 22, legend, name)]
        parts += [
            _dot(
                _MARGIN + _place(1 - each["confidence"]),
                _MARGIN + _SIDE - _place(1 - each["right"]),
                filled,
            )
            for each in bins
        ]
    out.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _place(wrong: float) -> float:
    """Pixels from the corner: the share of wrong ones by its logarithm."""
    low, high = log(_TICKS[-1]), log(_TICKS[0])
    share = (log(min(_TICKS[0], max(_TICKS[-1], wrong))) - low) / (high - low)
    return _SIDE * share


def _line(x0: float, y0: float, x1: float, y1: float, colour: str) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}"/>'


def _dot(x: float, y: float, fill: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{_POINT}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
