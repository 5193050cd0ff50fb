"""Authorities that are slow, wrong, busy or dead, each a real server on this machine."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding

from dossiers.errors import ClockWrong, TimestampUnavailable
from dossiers.settings import LevelSettings, TimestampAuthority, TimestampSettings
from signing.revocation import StatusServices
from signing.timestamps import Authorities
from tests.servers.trust_services import OTHER_POLICY, POLICY, TrustServices, Tsa

DIGEST = hashlib.sha256("bản sao".encode()).digest()

Make = Callable[..., Authorities]


@pytest.fixture
def first(services: TrustServices) -> Tsa:
    return services.tsa("first")


@pytest.fixture
def second(services: TrustServices) -> Tsa:
    return services.tsa("second")


@pytest.fixture
def make(services: TrustServices, tmp_path: Path) -> Make:
    root = services.hierarchy.root.certificate.public_bytes(Encoding.PEM)
    roots = [asn1_x509.Certificate.load(pem.unarmor(root)[2])]

    def made(
        *tsas: Tsa, patience: float | None = None, rounds: int = 1, **authority: object
    ) -> Authorities:
        asked = tuple(TimestampAuthority(url=tsa.url, **authority) for tsa in tsas)  # type: ignore[arg-type]
        settings = TimestampSettings(
            authorities=asked, rounds=rounds, backoff_seconds=0.05, breaker_seconds=60
        )
        status = StatusServices(LevelSettings(revocation_timeout_seconds=5))
        return Authorities(settings, tmp_path / "timestamps", roots, status, patience)

    return made


def test_a_token_stamps_what_was_asked_and_by_whom(make: Make, first: Tsa) -> None:
    token = make(first, policy=POLICY).stamp(DIGEST)
    info = token["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == DIGEST
    assert info["policy"].native == POLICY
    assert first.requests == 1


def test_a_revoked_authority_is_left_alone_and_the_next_one_asked(
    make: Make, services: TrustServices, first: Tsa, second: Tsa, caplog: pytest.LogCaptureFixture
) -> None:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    services.revoked[first.holder.certificate.serial_number] = moment
    authorities = make(first, second)
    for _ in range(2):
        assert second.holder.asn1.dump() in authorities.stamp(DIGEST).dump()
    assert "is revoked" in caplog.text
    assert (first.requests, second.requests) == (1, 2)
    alone = services.tsa("alone")
    services.revoked[alone.holder.certificate.serial_number] = moment
    with pytest.raises(TimestampUnavailable, match="is revoked"):
        make(alone).stamp(DIGEST)


def test_the_status_of_an_authority_is_asked_once_and_stops_nothing_if_unknown(
    make: Make, services: TrustServices, first: Tsa, caplog: pytest.LogCaptureFixture
) -> None:
    authorities = make(first)
    authorities.stamp(DIGEST)
    asked = services.status_requests
    authorities.stamp(DIGEST)
    assert services.status_requests == asked > 0
    services.status_down = True
    assert make(first).stamp(DIGEST)
    assert "without knowing" in caplog.text


@pytest.mark.parametrize("key", ["rsa2048", "p384"])
def test_authorities_sign_with_keys_of_many_kinds(
    make: Make, services: TrustServices, key: str
) -> None:
    assert make(services.tsa(key, key=key)).stamp(DIGEST)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("wrong imprint", "another imprint"),
        ("wrong nonce", "another nonce"),
        ("wrong signature", "signature does not match"),
        ("untrusted", "not trusted"),
        ("garbage", "no time-stamp response"),
        ("endless", "more than"),
        ("refuses", "refused: .*bad_alg"),
        ("hangs up", "connection broke"),
        ("http 500", "HTTP 500"),
    ],
)
def test_what_is_wrong_is_never_used_and_the_next_one_is_asked(
    make: Make, first: Tsa, second: Tsa, mode: str, words: str
) -> None:
    first.mode = mode
    with pytest.raises(TimestampUnavailable, match=words) as caught:
        make(first).stamp(DIGEST)
    assert caught.value.retryable
    assert make(first, second).stamp(DIGEST)
    assert second.requests == 1


def test_the_policy_asked_for_is_the_policy_given(make: Make, first: Tsa) -> None:
    with pytest.raises(TimestampUnavailable, match=f"policy {POLICY} instead of {OTHER_POLICY}"):
        make(first, policy=OTHER_POLICY).stamp(DIGEST)


def test_a_certificate_that_may_not_stamp_is_no_authoritys(
    make: Make, services: TrustServices, first: Tsa
) -> None:
    first.holder = services.hierarchy.issue("Signer, not TSA")
    with pytest.raises(TimestampUnavailable, match="not trusted"):
        make(first).stamp(DIGEST)


def test_a_slow_one_is_given_its_time_and_no_more(make: Make, first: Tsa, second: Tsa) -> None:
    first.delay = 0.4
    assert make(first, timeout_seconds=5).stamp(DIGEST)
    with pytest.raises(TimestampUnavailable, match="no answer in"):
        make(first, timeout_seconds=0.1).stamp(DIGEST)
    assert make(first, second, timeout_seconds=0.1).stamp(DIGEST)


def test_patience_covers_all_rounds_and_authorities(make: Make, first: Tsa, second: Tsa) -> None:
    first.delay = 3
    with pytest.raises(TimestampUnavailable, match="no time left"):
        make(first, second, patience=0.2, rounds=5).stamp(DIGEST)
    assert (first.requests, second.requests) == (1, 0)


def test_a_failure_that_passes_is_tried_again(make: Make, first: Tsa) -> None:
    first.mode = "http 503"
    authorities = make(first, rounds=2)

    async def recover() -> None:
        while first.requests == 0:
            await asyncio.sleep(0.005)
        first.mode = "good"

    async def both() -> None:
        await asyncio.gather(authorities.async_timestamp(DIGEST, "sha256"), recover())

    asyncio.run(both())
    assert first.requests == 2


def test_who_asks_for_a_pause_gets_it(make: Make, first: Tsa, second: Tsa) -> None:
    first.mode, first.retry_after = "http 429", "120"
    authorities = make(first, second, rounds=2)
    authorities.stamp(DIGEST)
    first.mode = "good"
    authorities.stamp(DIGEST)
    assert (first.requests, second.requests) == (1, 2)
    with pytest.raises(TimestampUnavailable, match=r"resting for 1[12]\d s"):
        make(first).stamp(DIGEST)


def test_a_dead_one_is_left_alone_by_every_process(
    make: Make, first: Tsa, second: Tsa, tmp_path: Path
) -> None:
    first.mode = "hangs up"
    for _ in range(5):
        assert make(first, second).stamp(DIGEST)  # each time a new client, as a new process has
    assert first.requests == 3
    # Its rest over, it is asked once; well again, it is the first again.
    for file in (tmp_path / "timestamps").glob("*.json"):
        state = json.loads(file.read_text())
        file.write_text(json.dumps(state | {"resting_until": 0.0}))
    first.mode = "good"
    make(first, second).stamp(DIGEST)
    make(first, second).stamp(DIGEST)
    assert (first.requests, second.requests) == (5, 5)


def test_nobody_is_waited_for_who_may_not_be_asked(make: Make, first: Tsa) -> None:
    first.mode = "wrong imprint"
    authorities = make(first, rounds=40)  # pauses that would grow to centuries
    with pytest.raises(TimestampUnavailable, match="another imprint"):
        authorities.stamp(DIGEST)
    with pytest.raises(TimestampUnavailable, match="resting"):
        authorities.stamp(DIGEST)
    assert first.requests == 1


def test_one_that_lied_is_left_alone_at_once(make: Make, first: Tsa, second: Tsa) -> None:
    first.mode = "wrong imprint"
    for _ in range(2):
        make(first, second).stamp(DIGEST)
    assert (first.requests, second.requests) == (1, 2)


def test_a_budget_is_kept_and_the_next_authority_takes_over(
    make: Make, first: Tsa, second: Tsa
) -> None:
    for _ in range(3):
        make(first, second, budget=2).stamp(DIGEST)
    assert (first.requests, second.requests) == (2, 1)
    make(first, second, budget=2).stamp(DIGEST)
    with pytest.raises(TimestampUnavailable, match="budget of 2 a month is used up"):
        make(first, second, budget=2).stamp(DIGEST)


def test_what_was_refused_does_not_count_what_may_have_been_made_does(
    make: Make, first: Tsa
) -> None:
    first.mode = "http 500"
    with pytest.raises(TimestampUnavailable):
        make(first, budget=2).stamp(DIGEST)
    first.mode, first.delay = "good", 0.4
    with pytest.raises(TimestampUnavailable):
        make(first, budget=2, timeout_seconds=0.1).stamp(DIGEST)
    first.delay = 0
    make(first, budget=2).stamp(DIGEST)
    with pytest.raises(TimestampUnavailable, match="used up"):
        make(first, budget=2).stamp(DIGEST)


def test_a_spoiled_count_starts_anew(make: Make, first: Tsa, tmp_path: Path) -> None:
    make(first, budget=1).stamp(DIGEST)
    (file,) = (tmp_path / "timestamps").glob("*.json")
    file.write_text("{")
    assert make(first, budget=1).stamp(DIGEST)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_a_day_off_is_an_error_of_ours(make: Make, first: Tsa, days: int) -> None:
    first.ahead = dt.timedelta(days=days)
    with pytest.raises(ClockWrong) as caught:
        make(first).stamp(DIGEST)
    assert abs(int(str(caught.value.context["seconds"])) + days * 86_400) <= 2


def test_an_authority_whose_clock_is_off_is_outvoted_by_one_that_agrees_with_us(
    make: Make, first: Tsa, second: Tsa
) -> None:
    first.ahead = dt.timedelta(days=1)
    assert make(first, second).stamp(DIGEST)


def test_nobody_to_ask_is_told(make: Make) -> None:
    with pytest.raises(TimestampUnavailable, match="authorities is empty"):
        make().stamp(DIGEST)


def test_a_probe_tells_of_each(make: Make, first: Tsa, second: Tsa) -> None:
    second.mode = "hangs up"
    good, bad = asyncio.run(make(first, second).probe())
    assert (good.fault, good.used) == (None, 1)
    assert abs(good.ahead or 99) < 5
    assert bad.fault == "connection broke (ServerDisconnectedError)"
