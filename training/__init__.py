"""How the recogniser's model was made, and how to make another; nothing here is needed to run it."""

from __future__ import annotations
