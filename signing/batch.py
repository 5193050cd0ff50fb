"""Many documents with one unlock: a token logged in once, one consent for all that go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from dossiers.errors import (
    KeyUnavailable,
    OtpRefused,
    PinRefused,
    RemoteSigningRefused,
    RemoteSigningUnavailable,
    SigningDeclined,
    SigningNotApproved,
    SohoaError,
    TokenBusy,
    TokenUnavailable,
)
from signing.keys.gathering import Gathering

Job = TypeVar("Job")
Result = TypeVar("Result")

# Documents that wait for one consent are held in memory: so many bytes of them at a time.
_MOST_BYTES = 256 * 1024 * 1024
# What concerns a key concerns every document: after it nobody is asked, or kept waiting, again.
OF_THE_KEY = (
    KeyUnavailable,
    OtpRefused,
    PinRefused,
    RemoteSigningRefused,
    RemoteSigningUnavailable,
    SigningDeclined,
    SigningNotApproved,
    TokenBusy,
    TokenUnavailable,
)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Job, Result]):
    """What became of one document: a result, or the error that it alone, or all, ended in."""

    job: Job
    result: Result | None
    error: SohoaError | OSError | None


def sign_all(
    jobs: Sequence[Job],
    sign: Callable[[Job], Result],
    *,
    together: int,
    size: Callable[[Job], int],
    description: Callable[[Sequence[Job]], str],
    done: Callable[[Outcome[Job, Result]], None],
) -> list[Outcome[Job, Result]]:
    """Sign documents in order; one that fails does not stop the others, a key that fails does.

    Args:
        jobs: the documents.
        sign: signs one, from its start to the finished file; called in threads where ``together`` > 1.
        together: how many may share one consent (:attr:`signing.keys.Signatories.together`).
        size: of a document in bytes.
        description: what the person who consents reads about these documents.
        done: told of every outcome, in this thread.

    Returns:
        The outcomes, in the order of the jobs.
    """
    outcomes: list[Outcome[Job, Result]] = []
    stopped: SohoaError | None = None
    for wave in _waves(jobs, max(together, 1), size):
        made: list[Outcome[Job, Result]]
        if stopped is not None:
            made = [Outcome(job, None, stopped) for job in wave]
        elif len(wave) == 1 and not together:
            made = [_one(wave[0], sign)]
        else:
            made = _wave(wave, sign, description(wave))
        for outcome in made:
            outcomes.append(outcome)
            done(outcome)
            if isinstance(outcome.error, OF_THE_KEY):
                stopped = outcome.error
    return outcomes


def _waves(jobs: Sequence[Job], most: int, size: Callable[[Job], int]) -> Iterator[list[Job]]:
    wave: list[Job] = []
    held = 0
    for job in jobs:
        bytes_ = size(job)
        if wave and (len(wave) == most or held + bytes_ > _MOST_BYTES):
            yield wave
            wave, held = [], 0
        wave.append(job)
        held += bytes_
    if wave:
        yield wave


def _wave(
    wave: list[Job], sign: Callable[[Job], Result], description: str
) -> list[Outcome[Job, Result]]:
    """All at once: each waits in its own thread until the others are as far."""
    gathering = Gathering(len(wave), description)

    def member(job: Job) -> Outcome[Job, Result]:
        with gathering.member():
            return _one(job, sign)

    with ThreadPoolExecutor(len(wave), "signing") as threads:
        return list(threads.map(member, wave))


def _one(job: Job, sign: Callable[[Job], Result]) -> Outcome[Job, Result]:
    try:
        return Outcome(job, sign(job), None)
    except (SohoaError, OSError) as error:
        return Outcome(job, None, error)
