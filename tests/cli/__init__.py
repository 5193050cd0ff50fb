"""Tests of `cli`."""

from __future__ import annotations
