"""Tests of `training`."""

from __future__ import annotations
