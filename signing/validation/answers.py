"""What status services answered, used again for a while by the files that follow.

An answer counts only through its issuer's signature and its dates, each time it is used: the memory can
make a verdict older by its age at most, never different.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from asn1crypto import crl, ocsp

_REUSE = 600.0  # seconds
_GIVEN_UP = 60.0  # a service that did not answer is left alone for so long
_MOST_BYTES = 64 * 1024 * 1024  # lists of revoked certificates reach megabytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: responses, lists, or why nothing."""

    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    failure: str = ""

    @property
    def size(self) -> int:
        """Bytes of it."""
        return sum(len(item.dump()) for item in (*self.ocsps, *self.crls))


class Answers:
    """Answers by what was asked; the oldest go first when there are too many bytes."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._clock, self._most = clock, most_bytes
        self._kept: dict[tuple[bytes, bytes], tuple[float, int, Answer]] = {}

    async def ask(
        self, question: tuple[bytes, bytes], fetch: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """The answer known, or the one that is fetched now."""
        until, _, known = self._kept.get(question, (0.0, 0, Answer()))
        if until > self._clock():
            return known
        answer = await fetch()
        self._kept.pop(question, None)
        lasts = _GIVEN_UP if answer.failure else _REUSE
        self._kept[question] = (self._clock() + lasts, answer.size, answer)
        while self._kept and sum(size for _, size, _ in self._kept.values()) > self._most:
            del self._kept[next(iter(self._kept))]
        return answer
