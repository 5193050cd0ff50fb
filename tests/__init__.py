"""The test suite; a package, so that its folders are not taken for the packages they test."""

from __future__ import annotations
