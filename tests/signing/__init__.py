"""Tests of `signing`."""

from __future__ import annotations
