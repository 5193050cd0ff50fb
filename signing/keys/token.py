"""The one owner of a token: exclusive, logged in once, opened again when the token comes back.

One process at a time owns a token, by a file lock that ends with the process; modules of many tokens
break when several use them (docs/decisions/0011). Calls to a module take turns, since
python-pkcs11 initialises modules without locking of their own (PKCS#11 2.40, 5.4).
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO, TypeVar

import pkcs11
from pkcs11 import Session, TokenFlag
from pkcs11.exceptions import (
    DeviceError,
    DeviceRemoved,
    FunctionFailed,
    GeneralError,
    KeyHandleInvalid,
    NoSuchToken,
    ObjectHandleInvalid,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    SessionClosed,
    SessionHandleInvalid,
    SlotIDInvalid,
    TokenNotPresent,
    TokenNotRecognised,
    UserAlreadyLoggedIn,
    UserNotLoggedIn,
)
from pydantic import SecretStr

from dossiers.errors import KeyUnavailable, PinRefused, TokenBusy, TokenUnavailable
from signing.keys.pin_memory import PinMemory

if TYPE_CHECKING:
    # The type behind pkcs11.lib().
    from pkcs11._pkcs11 import lib as Library  # noqa: N812

log = logging.getLogger(__name__)

# What a token answers that was pulled out, or was away for a moment.
LOST = (
    DeviceError,
    DeviceRemoved,
    FunctionFailed,
    GeneralError,
    KeyHandleInvalid,
    NoSuchToken,
    ObjectHandleInvalid,
    SessionClosed,
    SessionHandleInvalid,
    SlotIDInvalid,
    TokenNotPresent,
    TokenNotRecognised,
    UserAlreadyLoggedIn,
    UserNotLoggedIn,
)
_WRONG_PIN = (PinIncorrect, PinInvalid, PinLenRange, PinLocked)
_FIRST_DELAY, _LONGEST_DELAY = 0.2, 5.0
_LOCK_POLL = 0.2
_Result = TypeVar("_Result")
_turns: dict[str, threading.RLock] = defaultdict(threading.RLock)
_restarts: dict[str, int] = defaultdict(int)


class Token:
    """A token found by its label, its serial number as the maker prints it, or being the only one.

    Args:
        module: the PKCS#11 library.
        label, serial: of the token.
        pin: gives the PIN when it is needed, ``None`` where a PIN pad asks for it.
        state: folder for the lock and for what is remembered of refused PINs.
        wait: seconds to wait for another owner.
        patience: seconds that a token that went away may stay away.
    """

    def __init__(
        self,
        module: Path,
        label: str | None,
        serial: str | None,
        pin: Callable[[], SecretStr | None],
        state: Path,
        wait: float,
        patience: float,
    ) -> None:
        self.name = label or serial or module.stem
        self._module = str(module)
        self._label, self._serial = label, serial
        self._pin = pin
        self._state = state
        self._wait, self._patience = wait, patience
        self._turn = _turns[self._module]
        self._session: Session | None = None
        self._lock: TextIO | None = None
        self._identity: str | None = None
        self._born_in = 0
        self._accepted: SecretStr | None = None

    def __repr__(self) -> str:
        return f"Token({self.name})"

    def use(self, work: Callable[[Session], _Result]) -> _Result:
        """Do something in the session; again in a new one when the token was lost meanwhile.

        Raises:
            TokenUnavailable: it did not come back in time.
            TokenBusy, PinRefused, KeyUnavailable: it cannot be opened.
        """
        with self._turn:
            for last_chance, again in self._tries():
                try:
                    return work(self._opened(again=again))
                except _WRONG_PIN as error:  # at a key that asks for it with every signature
                    self._refused_again(error)
                except LOST as error:
                    self._forget()
                    if last_chance:
                        raise TokenUnavailable(token=self.name, detail=_told(error)) from None
                    log.warning("token %s: %s; opening it again", self.name, _told(error))
                except PKCS11Error as error:  # there, and will not
                    raise KeyUnavailable(key=self.name, detail=_told(error)) from None
        raise AssertionError("unreachable")

    def pin_again(self) -> SecretStr:
        """The PIN that was accepted, for a key that asks for it with every signature.

        Raises:
            KeyUnavailable: it was entered at a PIN pad.
        """
        if self._accepted is None:
            detail = "khóa đòi mã PIN ở mỗi chữ ký / the key asks for the PIN at every signature"
            raise KeyUnavailable(key=self.name, detail=detail)
        return self._accepted

    def close(self) -> None:
        """Log out and let others have the token. Using it opens it again."""
        with self._turn:
            self._forget()
            if self._lock is not None:
                self._lock.close()
                self._lock = None

    def _tries(self) -> Iterator[tuple[bool, bool]]:
        """(whether it is the last, whether it is a repetition): twice at once, then ever rarer."""
        # The first repetition is free: after a pause the session alone may be gone.
        yield False, False
        give_up = time.monotonic() + self._patience
        delay = _FIRST_DELAY
        while time.monotonic() + delay < give_up:
            yield False, True
            time.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY)
        yield True, True

    def _opened(self, *, again: bool) -> Session:
        if self._born_in != _restarts[self._module]:
            # Another token's loss ended this session; its number may be that of a new one by now.
            self._session = None
        if self._session is None:
            library = _load(self._module)
            if again and self._born_in == _restarts[self._module]:
                # Modules see a token that was plugged in again only when started anew. That ends
                # the sessions of other tokens too, which then open theirs without another restart.
                _restart(library)
                _restarts[self._module] += 1
            self._born_in = _restarts[self._module]
            token = self._find(library)
            self._own(token)
            self._session = self._log_in(token)
        return self._session

    def _find(self, library: Library) -> pkcs11.Token:
        """The token, as the module sees it now.

        Raises:
            KeyUnavailable: several fit.
            NoSuchToken: none does, at present.
        """
        found = [
            token
            for token in library.get_tokens()
            if TokenFlag.TOKEN_INITIALIZED in token.flags
            and (self._label is None or token.label == self._label)
            and (self._serial is None or _serial_of(token) == self._serial.lower())
            and (self._identity is None or _identity_of(token) == self._identity)
        ]
        if not found:
            raise NoSuchToken("không có trong khe nào / in no slot")
        if len(found) > 1:
            names = ", ".join(f"{token.label} ({_serial_of(token)})" for token in found)
            raise KeyUnavailable(key=self.name, detail=f"có nhiều thiết bị / several: {names}")
        return found[0]

    def _own(self, token: pkcs11.Token) -> None:
        """Take the token's lock and keep it, whatever becomes of the session."""
        if self._lock is not None:
            return
        self._identity = _identity_of(token)
        self._state.mkdir(parents=True, exist_ok=True)
        lock = (self._state / f"{self._identity}.lock").open("a+", encoding="utf-8")
        give_up = time.monotonic() + self._wait
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() < give_up:
                    time.sleep(_LOCK_POLL)
                    continue
                lock.seek(0)
                owner = lock.read().strip() or "?"
                lock.close()
                raise TokenBusy(token=self.name, owner=owner) from None
        lock.truncate(0)
        lock.write(f"{Path(sys.argv[0]).name} ({os.getpid()})")
        lock.flush()
        self._lock = lock

    def _log_in(self, token: pkcs11.Token) -> Session:
        """A session in which the user is logged in.

        Raises:
            PinRefused: the PIN is wrong, or trying it could lock the token.
        """
        if TokenFlag.LOGIN_REQUIRED not in token.flags:
            return token.open()
        danger = refuse_by_flags(token.flags)
        if danger:
            raise PinRefused(token=self.name, detail=danger)
        pin = self._pin()
        if pin is None:
            if TokenFlag.PROTECTED_AUTHENTICATION_PATH not in token.flags:
                raise KeyUnavailable(key=self.name, detail="chưa đặt mã PIN / no PIN is set")
            return token.open(user_pin=pkcs11.PROTECTED_AUTH)
        memory = self._memory()
        low = TokenFlag.USER_PIN_COUNT_LOW in token.flags
        objection = memory.objection(pin.get_secret_value(), count_low=low)
        if objection:
            raise PinRefused(token=self.name, detail=objection)
        memory.trying(pin.get_secret_value())
        try:
            session = token.open(user_pin=pin.get_secret_value())
        except _WRONG_PIN as error:
            raise self._refusal(error, memory) from None
        except PKCS11Error:
            memory.not_judged()
            raise
        memory.accepted()
        self._accepted = pin
        return session

    def _refused_again(self, error: PKCS11Error) -> NoReturn:
        memory = self._memory()
        if self._accepted is not None:
            memory.trying(self._accepted.get_secret_value())
        self._forget()
        raise self._refusal(error, memory) from None

    def _refusal(self, error: PKCS11Error, memory: PinMemory) -> PinRefused:
        """Remember that the PIN just tried was wrong."""
        now = self._find(_load(self._module)).flags
        memory.refused(count_low=TokenFlag.USER_PIN_COUNT_LOW in now)
        detail = "mã PIN sai / wrong PIN"
        if isinstance(error, PinLocked):
            detail = "thiết bị đã bị khóa / the token is locked"
        return PinRefused(token=self.name, detail=detail)

    def _memory(self) -> PinMemory:
        return PinMemory(self._state / f"{self._identity}.pin")

    def _forget(self) -> None:
        if self._session is not None and self._born_in == _restarts[self._module]:
            try:
                self._session.close()
            except PKCS11Error as error:
                log.debug("token %s: closing: %s", self.name, _told(error))
        self._session = None


def refuse_by_flags(flags: TokenFlag) -> str | None:
    """Why no PIN must be tried, by the token's flags (PKCS#11 2.40, 3.2, CK_TOKEN_INFO)."""
    if TokenFlag.USER_PIN_LOCKED in flags:
        return "thiết bị đã bị khóa; hãy mở khóa bằng công cụ của thiết bị / the token is locked"
    if TokenFlag.USER_PIN_FINAL_TRY in flags:
        return (
            "chỉ còn một lần thử trước khi thiết bị bị khóa; hãy nhập đúng mã PIN bằng công cụ của "
            "thiết bị / one try is left before the token locks; enter the PIN with its own tool"
        )
    return None


def _load(module: str) -> Library:
    try:
        return pkcs11.lib(module)
    except (PKCS11Error, RuntimeError) as error:
        detail = f"không nạp được thư viện PKCS#11 / cannot load the library: {_told(error)}"
        raise KeyUnavailable(key=module, detail=detail) from error


def _restart(library: Library) -> None:
    try:
        library.reinitialize()
    except PKCS11Error:
        library.initialize()


def _serial_of(token: pkcs11.Token) -> str:
    """As the maker prints it where it is text, else in hexadecimal."""
    raw = bytes(token.serial).strip(b"\0 ")
    return (raw.decode("ascii") if raw.isascii() else raw.hex()).lower()


def _identity_of(token: pkcs11.Token) -> str:
    whole = f"{token.manufacturer_id}|{token.model}|{_serial_of(token)}|{token.label}"
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _told(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
