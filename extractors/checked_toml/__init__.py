"""Settings that administrators write as TOML: read into models, faults told by line and key."""

from __future__ import annotations

from extractors.checked_toml.faults import Fault
from extractors.checked_toml.files import FaultyFile, load_checked
from extractors.checked_toml.tables import Code, Document, LooseEnd, Table, Text

__all__ = ["Code", "Document", "Fault", "FaultyFile", "LooseEnd", "Table", "Text", "load_checked"]
