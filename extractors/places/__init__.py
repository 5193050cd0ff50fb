"""Administrative units: from an address as read to the codes of its units, then and now."""

from __future__ import annotations
