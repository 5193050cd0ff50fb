"""From words to checked fields: labels, places on the page, codes, grammars, cross-checks."""

from __future__ import annotations
