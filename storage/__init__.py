"""Keeping: the object store, the ledger, the citizen store, search, the audit trail, API keys.

Floor 2 of the house: knows nothing of OCR, PDF or keys for signing.
"""

from __future__ import annotations
