"""What status services answered serves the files that follow, for a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from asn1crypto import crl

from signing.validation.answers import Answer, Answers


@dataclass
class Service:
    """Counts how often it is asked."""

    answer: Answer
    asked: int = 0

    async def fetch(self) -> Answer:
        self.asked += 1
        return self.answer


@dataclass
class Clock:
    now: float = 0.0
    answers: Answers = field(init=False)

    def __post_init__(self) -> None:
        self.answers = Answers(lambda: self.now, most_bytes=250)

    def ask(self, service: Service, name: bytes = b"one") -> Answer:
        return asyncio.run(self.answers.ask((b"issuer", name), service.fetch))


@pytest.fixture
def clock() -> Clock:
    return Clock(now=1000.0)


def listed(size: int) -> Answer:
    return Answer(crls=(crl.CertificateList.load(b"\x30" + bytes([size]) + bytes(size)),))


def test_an_answer_is_used_again_until_it_is_old(clock: Clock) -> None:
    service = Service(listed(50))
    first = clock.ask(service)
    clock.now += 599
    assert clock.ask(service) is first
    clock.now += 2
    clock.ask(service)
    assert service.asked == 2
    clock.ask(service, b"another")
    assert service.asked == 3


def test_a_service_that_does_not_answer_is_asked_again_sooner(clock: Clock) -> None:
    service = Service(Answer(failure="HTTP 503"))
    clock.ask(service)
    clock.now += 59
    assert clock.ask(service).failure == "HTTP 503"
    assert service.asked == 1
    clock.now += 2
    clock.ask(service)
    assert service.asked == 2


def test_long_lists_do_not_fill_the_memory(clock: Clock) -> None:
    service = Service(listed(98))
    for name in (b"a", b"b", b"c"):
        clock.ask(service, name)
    assert service.asked == 3
    clock.ask(service, b"c")
    clock.ask(service, b"b")
    assert service.asked == 3
    clock.ask(service, b"a")
    assert service.asked == 4
    huge = Service(Answer(crls=listed(98).crls * 3))
    assert clock.ask(huge, b"huge").size == 300
