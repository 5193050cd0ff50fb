"""Codes as field sources stronger than print: QR codes and barcodes of papers, MRZ of cards."""

from __future__ import annotations

from extractors.fields.codes.cards import card_of
from extractors.fields.codes.merging import Coded, merged
from extractors.fields.codes.reading import coded

__all__ = ["Coded", "card_of", "coded", "merged"]
