"""The ``sohoa`` program: one command a module, no logic of its own.

Floor 4 of the house (see ``docs/architecture.md``). Modules import what they need inside the
command, so that ``sohoa --help`` and small commands do not wait for OpenCV and Prefect.
"""

from __future__ import annotations
