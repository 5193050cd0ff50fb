"""Many documents with one unlock: one approval on a phone, one login at a token."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.dossier import SigningRole
from dossiers.errors import DamagedFile, SigningDeclined, SohoaError
from dossiers.settings import CscKeySettings, SigningSettings
from signing.appearance import Appearance
from signing.batch import Outcome, sign_all
from signing.keys import Signatories, load_signatories
from signing.keys.gathering import sign_with
from signing.pades import SigningReport, sign_copy
from signing.validation import verify
from tests.servers.csc import CscServer, csc_server
from tests.signing.conftest import AGENCY, blank_pdfa
from tests.signing.issuing import Authority
from tests.signing.test_remote import remote

Made = list[Outcome[Path, SigningReport]]


@pytest.fixture(scope="module")
def running(authority: Authority) -> Iterator[CscServer]:
    with csc_server(authority) as server:
        yield server


@pytest.fixture
def service(running: CscServer, tmp_path: Path) -> CscServer:
    running.authority.write_root(tmp_path)
    running.reset()
    running.add("can-bo", "p256")
    running.add("con-dau", "rsa2048")
    return running


def people(folder: Path, officer: CscKeySettings, agency: CscKeySettings | None) -> Signatories:
    """A remote officer, and a remote agency or one whose key is at hand."""
    chain = (SigningRole.OFFICER, SigningRole.AGENCY) if agency else (SigningRole.OFFICER,)
    settings = SigningSettings(
        officer=officer, agency=agency, chain=chain, trust_roots=tuple(folder.glob("root.pem"))
    )
    return load_signatories(settings, folder, AGENCY)


def sign_files(
    files: Sequence[Path],
    out: Path,
    who: Signatories,
    appearance: Appearance,
    cache: Path,
    told: list[str] | None = None,
) -> Made:
    out.mkdir(exist_ok=True)
    now = dataclasses.replace(appearance, at=dt.datetime.now(dt.UTC))
    return sign_all(
        files,
        lambda file: sign_copy(file, out / file.name, who, now, cache),
        together=who.together,
        size=lambda file: file.stat().st_size,
        description=lambda files: f"Ký {len(files)} văn bản",
        done=lambda outcome: (told or []).append(outcome.job.name),
    )


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_one_approval_each_for_a_batch_though_some_files_are_bad(
    tmp_path: Path,
    service: CscServer,
    authority: Authority,
    appearance: Appearance,
    cache: Path,
    version: str,
) -> None:
    files = [blank_pdfa(tmp_path / f"{number:02}.pdf") for number in range(11)]
    files[4].write_bytes(b"%PDF-1.7 nothing")
    who = people(tmp_path, remote(service, version, "can-bo"), remote(service, version, "con-dau"))
    out, told = tmp_path / "out", ["start"]
    made = sign_files(files, out, who, appearance, cache, told)
    assert told == ["start", *(file.name for file in files)]
    assert [type(o.error) for o in made if o.error] == [DamagedFile]
    asked = service.asked("credentials/authorize")
    assert [(a["credentialID"], a["numSignatures"]) for a in asked] == [
        ("can-bo", 10),
        ("con-dau", 10),
    ]
    assert all(a["description"] == "Ký 11 văn bản" for a in asked)
    assert len(service.asked("signatures/signHash")) == 2
    roots = [authority.write_root(tmp_path)]
    assert all(verify(out / o.job.name, roots).ok for o in made if o.result)


def test_batches_are_no_larger_than_the_service_allows(
    tmp_path: Path, service: CscServer, appearance: Appearance, cache: Path
) -> None:
    service.credentials["can-bo"].multisign = 3
    files = [blank_pdfa(tmp_path / f"{number}.pdf") for number in range(7)]
    who = people(tmp_path, remote(service, "v2", "can-bo"), None)
    assert who.together == 3
    made = sign_files(files, tmp_path / "out", who, appearance, cache)
    assert all(outcome.result for outcome in made)
    assert [a["numSignatures"] for a in service.asked("credentials/authorize")] == [3, 3, 1]


def test_after_a_refusal_nobody_is_asked_again(
    tmp_path: Path, service: CscServer, appearance: Appearance, cache: Path
) -> None:
    service.phone.answer = "decline"
    files = [blank_pdfa(tmp_path / f"{number}.pdf") for number in range(5)]
    who = people(tmp_path, remote(service, "v1", "can-bo", most_at_once=2), None)
    made = sign_files(files, tmp_path / "out", who, appearance, cache)
    assert [type(outcome.error) for outcome in made] == [SigningDeclined] * 5
    assert len(service.asked("credentials/authorize")) == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_keys_at_hand_sign_one_after_the_other(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    assert signatories.together == 0
    files = [blank_pdfa(tmp_path / f"{number}.pdf") for number in range(3)]
    files[0].write_bytes(b"")
    made = sign_files(files, tmp_path / "out", signatories, appearance, cache)
    assert [outcome.error is None for outcome in made] == [False, True, True]


# --- gathering, whatever each document does ---------------------------------------------------


@dataclasses.dataclass(eq=False)
class Counted:
    """A key that counts how often consent was asked for."""

    place: int
    asked: list[int]
    refuse: bool = False

    def sign_together(
        self, messages: Sequence[bytes], digest: str, description: str
    ) -> list[bytes]:
        assert (digest, description) == ("sha256", "mô tả")
        self.asked.append(len(messages))
        if self.refuse:
            raise SigningDeclined(signer="x", count=len(messages))
        return [bytes([self.place]) + message for message in messages]


@settings(max_examples=60, deadline=None)
@given(
    chains=st.lists(
        st.tuples(st.sets(st.integers(0, 2)).map(sorted), st.booleans()), min_size=1, max_size=12
    ),
    refuse=st.none() | st.integers(0, 2),
)
def test_each_key_is_asked_once_whatever_the_chains_and_faults(
    chains: list[tuple[list[int], bool]], refuse: int | None
) -> None:
    """Documents need some of three keys in order, or fail before they get to any."""
    keys = [Counted(place, [], refuse == place) for place in range(3)]

    def sign(job: tuple[int, list[int], bool]) -> list[bytes]:
        number, chain, broken = job
        if broken:
            raise DamagedFile(file="x", detail="x")
        return [sign_with(keys[place], bytes([number]), "sha256") for place in chain]

    jobs = [(number, chain, broken) for number, (chain, broken) in enumerate(chains)]
    told: list[object] = []
    made = sign_all(
        jobs, sign, together=50, size=len, description=lambda _: "mô tả", done=told.append
    )
    assert told == made
    for (number, chain, broken), outcome in zip(jobs, made, strict=True):
        if outcome.result is None:
            assert broken or refuse in chain
            assert isinstance(outcome.error, SohoaError)
        else:
            assert outcome.result == [bytes([place, number]) for place in chain]
    for key in keys:
        assert len(key.asked) <= 1
