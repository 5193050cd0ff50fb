"""Reading: page images, clean-up, recognition, document types and fields.

Floor 2 of the house: knows nothing of PDF writing, keys or the store.
"""

from __future__ import annotations
