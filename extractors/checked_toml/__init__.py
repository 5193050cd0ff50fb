"""Settings that administrators write as TOML: read into models, faults told by line and key."""

from __future__ import annotations

from extractors.checked_toml.faults import Fault
from extractors.checked_toml.files import FaultyFile, Located, load_checked, load_located
from extractors.checked_toml.tables import Code, Document, LooseEnd, Table, Text

__all__ = [
    "Code",
    "Document",
    "Fault",
    "FaultyFile",
    "Located",
    "LooseEnd",
    "Table",
    "Text",
    "load_checked",
    "load_located",
]
