"""When a folder has stopped changing: pure logic, no clock and no disk of its own.

Network shares send no events, so the base is polling. What lies there at start-up waits its quiet
time like everything else: a scanner may be half-way through writing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

READY_MARKER = ".ready"

# Size in bytes and time of modification in nanoseconds, by path.
Snapshot = Mapping[Path, tuple[int, int]]


@dataclass(slots=True)
class _Watched:
    snapshot: dict[Path, tuple[int, int]]
    since: float


@dataclass(slots=True)
class StabilityTracker:
    """Tells which folders are settled.

    A folder is settled when nothing in it, no name, size or time, has changed for ``quiet_seconds``
    between two looks, or at once when a file named ``.ready`` is in it.
    """

    quiet_seconds: float
    _watched: dict[Path, _Watched] = field(default_factory=dict)

    def look(self, folders: Mapping[Path, Snapshot], now: float) -> list[Path]:
        """Take note of what is there ``now`` (a monotonic clock) and return the settled folders."""
        for gone in self._watched.keys() - folders.keys():
            del self._watched[gone]
        settled = []
        for folder, snapshot in folders.items():
            if not snapshot:
                self._watched.pop(folder, None)
                continue
            current = dict(snapshot)
            known = self._watched.get(folder)
            if known is None or known.snapshot != current:
                known = self._watched[folder] = _Watched(current, now)
            marked = any(path.name == READY_MARKER for path in current)
            quiet = 0 if marked else self.quiet_seconds
            if now - known.since >= quiet:
                settled.append(folder)
        return settled

    def put_off(self, folder: Path, until: float) -> None:
        """Not settled again before ``until`` (the same clock), unless something in it changes."""
        if folder in self._watched:
            self._watched[folder].since = until

    @property
    def pending(self) -> int:
        """How many folders are being watched."""
        return len(self._watched)
