"""Measurements with public commands: paired, in rounds, medians. Times are context, ratios count."""

from __future__ import annotations
