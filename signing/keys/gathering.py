"""Many documents signed at the same time, so that one approval covers all of them.

Each document is signed in a thread of its own. A thread that reaches a key which gathers waits; when
every thread waits or has ended, all that wait for one key are signed by it together, and go on to
the next key of their chains. Documents that fail on the way simply no longer count.
"""

from __future__ import annotations

import contextvars
import copy
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

_current: contextvars.ContextVar[Gathering | None] = contextvars.ContextVar(
    "gathering", default=None
)


class GatheringKey(Protocol):
    """A key that signs many hashes at once more cheaply than one after the other."""

    @property
    def place(self) -> int:
        """Keys of a smaller number are asked first: those that sign earlier in chains."""
        ...

    def sign_together(
        self, messages: Sequence[bytes], digest: str, description: str
    ) -> list[bytes]:
        """Signatures in the order of the messages, or an error for all of them."""
        ...


@dataclass(eq=False)
class _Waiting:
    message: bytes
    digest: str
    signature: bytes = b""
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Gathering:
    """So many documents, signed together; ``description`` is what the person who approves reads."""

    def __init__(self, count: int, description: str = "") -> None:
        self.description = description
        self._under_way = count
        self._waiting: dict[GatheringKey, list[_Waiting]] = {}
        self._turn = threading.Lock()

    def join(self, count: int, description: str) -> None:
        """More documents, found while one of those known is still under way."""
        with self._turn:
            self._under_way += count
            self.description = description

    @contextmanager
    def member(self) -> Iterator[None]:
        """One of the documents, from its start to its end, however it ends."""
        try:
            with self.taking_part():
                yield
        finally:
            self.leave()

    @contextmanager
    def taking_part(self) -> Iterator[None]:
        """What this thread signs meanwhile is signed with the others."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)

    def signature(self, key: GatheringKey, message: bytes, digest: str) -> bytes:
        """The signature over a message, made when all others wait too."""
        waiting = _Waiting(message, digest)
        with self._turn:
            self._waiting.setdefault(key, []).append(waiting)
        self.leave()
        waiting.done.wait()
        if waiting.error is not None:
            # A copy each: threads must not write their stack traces into one error.
            raise copy.copy(waiting.error)
        return waiting.signature

    def leave(self) -> None:
        """A document has ended, or waits: the last one to do so signs for all that wait."""
        with self._turn:
            self._under_way -= 1
            if self._under_way > 0 or not self._waiting:
                return
            key = min(self._waiting, key=lambda key: key.place)
            group = self._waiting.pop(key)
            self._under_way += len(group)
        try:
            messages = [waiting.message for waiting in group]
            # A key has one digest, by its kind.
            signatures = key.sign_together(messages, group[0].digest, self.description)
            for waiting, signature in zip(group, signatures, strict=True):
                waiting.signature = signature
        except BaseException as error:  # handed to every document it concerns
            for waiting in group:
                waiting.error = error
        for waiting in group:
            waiting.done.set()


def sign_with(key: GatheringKey, message: bytes, digest: str) -> bytes:
    """One signature: with all others of the gathering this thread belongs to, else alone."""
    gathering = _current.get()
    if gathering is None:
        [signature] = key.sign_together([message], digest, "")
        return signature
    return gathering.signature(key, message, digest)
