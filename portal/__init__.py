"""The HTTP face: downstream systems list and fetch signed copies and reuse their fields.

Floor 4 of the house; the operator console will live beside the API in this package.
"""

from __future__ import annotations
