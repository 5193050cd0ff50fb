"""Reuse: what papers say about a person, which value is best, and forms filled from it."""

from __future__ import annotations
