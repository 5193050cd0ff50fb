"""The vocabulary of Sohoa: what a dossier is, and every rule that needs no file, key or server.

Floor 1 of the house (see ``docs/architecture.md``): pure, importable by all, importing none.
"""

from __future__ import annotations
