"""A refused PIN is not tried again: what stands between a wrong setting and a locked token.

Kept in a file beside the lock of the token, as salted scrypt hashes (RFC 7914): a PIN is never
written. An attempt is recorded before it is made, so that being killed in the middle counts as well.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

# The third wrong PIN in a row locks many tokens; it is never tried.
MOST_REFUSED = 2


@dataclass(frozen=True, slots=True)
class _Attempt:
    salt: str
    hash: str
    outcome: Literal["trying", "refused"]


class PinMemory:
    """The PINs refused by one token since it last accepted one."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __repr__(self) -> str:
        return f"PinMemory({self.file.name})"

    def objection(self, pin: str, *, count_low: bool) -> str | None:
        """Why this PIN must not be tried now, if so (vi / en).

        Args:
            pin: what would be tried.
            count_low: the token's flag CKF_USER_PIN_COUNT_LOW (PKCS#11, 3.2): a wrong PIN was
                entered since the last right one.
        """
        attempts, flagged = self._read()
        if flagged and not count_low:
            # This token tells of wrong PINs, and tells of none: someone has entered the right one.
            self.accepted()
            return None
        if any(a.outcome == "refused" and _same(a, pin) for a in attempts):
            return (
                "mã này đã bị từ chối và sẽ không được thử lại cho đến khi được đổi / "
                "this PIN was refused and is not tried again until it is changed"
            )
        if len(attempts) >= MOST_REFUSED:
            return (
                f"đã sai {len(attempts)} lần liên tiếp; hãy kiểm tra mã PIN bằng công cụ của thiết "
                f"bị rồi xóa {self.file} / {len(attempts)} wrong in a row; check the PIN with the "
                f"token's own tool, then delete {self.file}"
            )
        return None

    def trying(self, pin: str) -> None:
        """Record that a PIN is about to be tried."""
        attempts, flagged = self._read()
        salt = secrets.token_bytes(16)
        attempts.append(_Attempt(salt.hex(), _hash(pin, salt), "trying"))
        self._write(attempts, flagged=flagged)

    def refused(self, *, count_low: bool) -> None:
        """The PIN being tried was wrong; ``count_low`` is the token's flag now."""
        attempts, flagged = self._read()
        last = attempts.pop()
        attempts.append(_Attempt(last.salt, last.hash, "refused"))
        self._write(attempts, flagged=flagged or count_low)

    def not_judged(self) -> None:
        """The token failed before it could say anything of the PIN being tried."""
        attempts, flagged = self._read()
        self._write(attempts[:-1], flagged=flagged)

    def accepted(self) -> None:
        """A right PIN: the token counts from zero again, and so do we."""
        self.file.unlink(missing_ok=True)

    def _read(self) -> tuple[list[_Attempt], bool]:
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return [], False
        return [_Attempt(**attempt) for attempt in content["attempts"]], content["flagged"]

    def _write(self, attempts: list[_Attempt], *, flagged: bool) -> None:
        content = {"attempts": [asdict(attempt) for attempt in attempts], "flagged": flagged}
        partial = self.file.with_name(f".{self.file.name}.{secrets.token_hex(6)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.file)


def _hash(pin: str, salt: bytes) -> str:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1).hex()


def _same(attempt: _Attempt, pin: str) -> bool:
    return hmac.compare_digest(_hash(pin, bytes.fromhex(attempt.salt)), attempt.hash)
