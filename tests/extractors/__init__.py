"""Tests of `extractors`."""

from __future__ import annotations
