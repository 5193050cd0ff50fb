"""Signing: keys and certificates, PAdES, the visible text, validation, the test PKI.

Floor 2 of the house: knows nothing of OCR and the store.
"""

from __future__ import annotations

from signing.definite_lengths import teach

teach()
