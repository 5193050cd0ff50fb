"""The classes that the reader of handwriting tells apart."""

from __future__ import annotations

NULL = 0
PEN = 1
"""Class of a written nought; 1 to 9 follow."""
PRINT = 11
"""Class of a printed nought; 1 to 9 follow."""
SLASH = 21
OTHER = 22
"""Ink that is no figure: letters, dashes, what is crossed out."""
CLASSES = 23
