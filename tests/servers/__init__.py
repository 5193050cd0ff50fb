"""Real servers that the suite starts itself."""

from __future__ import annotations
