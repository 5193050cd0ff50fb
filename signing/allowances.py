"""What may still be asked of a time-stamp authority: tokens left in the period, and its breaker.

Kept in one small JSON file an authority, shared by all processes of a machine: each change is made
under a lock (``flock``) and appears whole (rename). It is not synced to the disk: a power cut may
lose the count of the last seconds, which costs a few tokens and no signature. A file that cannot be
read counts as none.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

from dossiers.clock import VIETNAM
from dossiers.settings import TimestampAuthority, TimestampSettings

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 3600.0
_LONGEST_RETRY_AFTER = 86_400.0
_PERIODS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


@dataclass
class _State:
    period: str = ""
    used: int = 0
    failures: int = 0
    resting_until: float = 0.0  # seconds since 1970


class Allowance:
    """The allowance of one authority."""

    def __init__(
        self, authority: TimestampAuthority, settings: TimestampSettings, folder: Path
    ) -> None:
        self._authority = authority
        self._settings = settings
        name = hashlib.sha256(authority.url.encode()).hexdigest()[:16]
        self._file = folder / f"{name}.json"

    def take(self) -> str | None:
        """Count one token and give ``None``, or tell why the authority may not be asked now.

        After its rest an authority is asked once; others wait until that one has its answer.
        """
        now = time.time()
        with self._changing() as state:
            if state.resting_until > now:
                return f"resting for {state.resting_until - now:.0f} s after failures"
            if self._authority.budget and state.used >= self._authority.budget:
                return f"budget of {self._authority.budget} a {self._authority.period} is used up"
            if state.failures >= self._settings.breaker_failures:
                state.resting_until = now + self._authority.timeout_seconds
            state.used += 1
        return None

    def succeeded(self) -> None:
        """A good token came."""
        with self._changing() as state:
            state.failures, state.resting_until = 0, 0.0

    def failed(
        self, *, issued: bool, at_once: bool = False, retry_after: float | None = None
    ) -> None:
        """Something went wrong.

        Args:
            issued: a token may have been made (and billed) all the same: a time-out, a wrong one.
            at_once: what came was wrong, so the authority is left alone without further trials.
            retry_after: seconds that the authority asked us to wait.
        """
        limit = self._settings.breaker_failures
        with self._changing() as state:
            state.failures += 1
            if at_once:
                state.failures = max(state.failures, limit)
            if not issued:
                state.used = max(0, state.used - 1)
            pause = 0.0
            if state.failures >= limit:
                doublings = min(state.failures - limit, 10)
                pause = min(self._settings.breaker_seconds * 2**doublings, _LONGEST_PAUSE)
            if retry_after is not None:
                pause = max(pause, min(retry_after, _LONGEST_RETRY_AFTER))
            state.resting_until = time.time() + pause if pause else 0.0

    def used(self) -> int:
        """Tokens taken in the present period."""
        with self._changing() as state:
            return state.used

    @contextmanager
    def _changing(self) -> Iterator[_State]:
        folder = self._file.parent
        folder.mkdir(parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            flock(lock, LOCK_EX)
            state = self._read()
            before = asdict(state)
            yield state
            if asdict(state) != before:
                partial = folder / f".{secrets.token_hex(6)}"
                partial.write_text(json.dumps(asdict(state)), encoding="ascii")
                partial.replace(self._file)

    def _read(self) -> _State:
        try:
            state = _State(**json.loads(self._file.read_text(encoding="ascii")))
        except FileNotFoundError:
            state = _State()
        except (ValueError, TypeError) as error:
            log.warning("%s is unreadable and starts anew: %s", self._file, error)
            state = _State()
        # Budgets are contracts: their days and months are Vietnam's.
        period = datetime.now(UTC).astimezone(VIETNAM).strftime(_PERIODS[self._authority.period])
        if state.period != period:
            state.period, state.used = period, 0
        return state
