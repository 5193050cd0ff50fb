"""Tests of the archival copy."""

from __future__ import annotations
