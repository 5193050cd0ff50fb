"""Agencies: from a name as read to the agency, its unit and, where it is certain, its code."""

from __future__ import annotations
