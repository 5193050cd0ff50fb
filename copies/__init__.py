"""The archival copy: PDF/A-3 with the scan's own image streams, a text layer, data and metadata."""

from __future__ import annotations
