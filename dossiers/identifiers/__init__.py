"""Identifiers as value types that parse, normalise, check and print themselves."""

from __future__ import annotations
