"""Grammars of values, one family of kinds a module: text as read to a value and how valid it is."""

from __future__ import annotations
