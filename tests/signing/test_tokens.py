"""Keys on tokens: every kind signs, one process owns a token, PINs are guarded, tokens come back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import multiprocessing
import os
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from pkcs11 import TokenFlag
from pydantic import SecretStr

from dossiers.errors import KeyUnavailable, PinRefused, TokenBusy, TokenUnavailable
from dossiers.settings import Pkcs11KeySettings, SigningSettings
from signing.appearance import Appearance
from signing.keys import KeyKind, Signatories, load_signatories
from signing.keys.pin_memory import PinMemory
from signing.keys.token import Token, refuse_by_flags
from signing.keys.token import _restarts as restarts
from signing.pades import sign_copy
from signing.validation import Outcome, verify
from tests.servers.softhsm import (
    ASKING,
    KINDS,
    LABEL,
    MODULE,
    PIN,
    PIN_LABEL,
    SoftHsm,
    change_pin,
    softhsm,
)
from tests.signing.conftest import AGENCY, blank_pdfa
from tests.signing.issuing import Authority


@pytest.fixture(scope="module")
def hsm(authority: Authority) -> Iterator[SoftHsm]:
    with softhsm(authority) as tokens:
        yield tokens


def on_token(key: str, module: Path = MODULE, **changed: object) -> Pkcs11KeySettings:
    settings = Pkcs11KeySettings(
        kind="pkcs11", module=module, token_label=LABEL, label=key, pin=SecretStr(PIN)
    )
    return settings.model_copy(update={"wait_seconds": 0, "patience_seconds": 0, **changed})


def loaded(
    folder: Path, officer: Pkcs11KeySettings, agency: Pkcs11KeySettings, *roots: Path
) -> Signatories:
    settings = SigningSettings(officer=officer, agency=agency, trust_roots=roots)
    return load_signatories(settings, folder, AGENCY)


def now(appearance: Appearance) -> Appearance:
    return dataclasses.replace(appearance, at=dt.datetime.now(dt.UTC))


@pytest.mark.parametrize("kind", KINDS)
def test_keys_of_every_kind_sign_on_a_token(
    tmp_path: Path,
    hsm: SoftHsm,
    authority: Authority,
    appearance: Appearance,
    cache: Path,
    kind: str,
) -> None:
    root = authority.write_root(tmp_path)
    people = loaded(tmp_path, on_token(kind), on_token("p256"), root)
    assert people.officer.kind is KeyKind.PKCS11
    out = tmp_path / "out.pdf"
    sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, people, now(appearance), cache)
    people.release()
    report = verify(out, [root])
    assert report.outcome is Outcome.VALID, report
    assert [s.signer for s in report.signatures] == [f"Khóa {kind}", "Khóa p256"]


def test_a_key_must_be_named_where_there_are_several(tmp_path: Path, hsm: SoftHsm) -> None:
    with pytest.raises(KeyUnavailable, match=r"found: [\w-]+, [\w-]+"):
        loaded(tmp_path, on_token("x", label=None), on_token("p256"))
    with pytest.raises(KeyUnavailable, match="need one private key"):
        loaded(tmp_path, on_token("no such"), on_token("p256"))
    by_id = loaded(tmp_path, on_token("x", label=None, id="03"), on_token("p256"))
    assert by_id.officer.name == "Khóa p256"
    by_id.release()


def test_a_missing_module_or_token_is_told(tmp_path: Path, hsm: SoftHsm) -> None:
    with pytest.raises(KeyUnavailable, match="cannot load"):
        loaded(tmp_path, on_token("p256", module=tmp_path / "none.so"), on_token("p256"))
    with pytest.raises(TokenUnavailable, match="in no slot"):
        loaded(tmp_path, on_token("p256", token_label="elsewhere"), on_token("p256"))


# --- one owner -------------------------------------------------------------------------------


def test_a_token_has_one_owner_and_is_free_after_it(tmp_path: Path, hsm: SoftHsm) -> None:
    first = loaded(tmp_path, on_token("p256"), on_token("p384"))
    with pytest.raises(TokenBusy, match=str(os.getpid())):
        loaded(tmp_path, on_token("p256"), on_token("p256"))
    first.release()
    second = loaded(tmp_path, on_token("p256"), on_token("p256"))
    second.release()


def test_another_process_waits_for_its_turn(tmp_path: Path, hsm: SoftHsm) -> None:
    first = loaded(tmp_path, on_token("p256"), on_token("p256"))
    spawn = multiprocessing.get_context("spawn")
    ready, names = spawn.Event(), spawn.Queue()
    other = spawn.Process(target=_open_elsewhere, args=(tmp_path, ready, names))
    other.start()
    assert ready.wait(60)
    assert names.get(timeout=60) == "token_busy"
    first.release()
    assert names.get(timeout=60) == "Khóa p256"
    other.join(60)


def _open_elsewhere(folder: Path, ready, names) -> None:
    ready.set()
    try:
        loaded(folder, on_token("p256"), on_token("p256"))
    except TokenBusy as error:
        names.put(error.code)
    patient = on_token("p256", wait_seconds=60)
    people = loaded(folder, patient, patient)
    names.put(people.officer.name)
    people.release()


def test_what_was_released_opens_again_when_it_signs(tmp_path: Path, hsm: SoftHsm) -> None:
    people = loaded(tmp_path, on_token("p256"), on_token("p256"))
    people.release()
    assert people.officer.signer.sign_now(b"x", "sha256")
    people.release()


# --- the PIN ---------------------------------------------------------------------------------


def pin_token(folder: Path, pin: str) -> Token:
    return Token(
        MODULE, PIN_LABEL, None, lambda: SecretStr(pin), folder / "state", wait=0, patience=0
    )


def try_pin(folder: Path, pin: str) -> None:
    token = pin_token(folder, pin)
    try:
        token.use(lambda session: session.token.label)
    finally:
        token.close()


@pytest.fixture
def fresh_pin(tmp_path: Path, hsm: SoftHsm) -> Iterator[None]:
    yield
    try_pin(tmp_path / "another state", PIN)  # resets the token's own count


@pytest.mark.usefixtures("fresh_pin")
def test_a_refused_pin_is_never_tried_again_and_a_third_never_at_all(tmp_path: Path) -> None:
    with pytest.raises(PinRefused, match="wrong PIN"):
        try_pin(tmp_path, "111111")
    with pytest.raises(PinRefused, match="not tried again until it is changed"):
        try_pin(tmp_path, "111111")
    with pytest.raises(PinRefused, match="wrong PIN"):
        try_pin(tmp_path, "222222")
    # Even the right one: the third in a row is never tried.
    with pytest.raises(PinRefused, match="2 wrong in a row"):
        try_pin(tmp_path, PIN)
    [memory] = (tmp_path / "state").glob("*.pin")
    assert memory.stat().st_mode & 0o077 == 0
    assert not any(pin in memory.read_text() for pin in ("111111", "222222"))


@pytest.mark.usefixtures("fresh_pin")
def test_the_right_pin_after_a_wrong_one_clears_the_memory(tmp_path: Path) -> None:
    with pytest.raises(PinRefused):
        try_pin(tmp_path, "111111")
    try_pin(tmp_path, PIN)
    assert list((tmp_path / "state").glob("*.pin")) == []


@pytest.mark.usefixtures("fresh_pin")
def test_a_pin_entered_elsewhere_is_noticed(tmp_path: Path) -> None:
    for wrong in ("111111", "222222"):
        with pytest.raises(PinRefused):
            try_pin(tmp_path, wrong)
    try_pin(tmp_path / "the token's own tool", PIN)
    try_pin(tmp_path, PIN)


def test_an_attempt_that_was_killed_counts(tmp_path: Path) -> None:
    memory = PinMemory(tmp_path / "x.pin")
    memory.trying("1234")
    assert memory.objection("1234", count_low=False) is None
    memory.trying("1234")
    objection = memory.objection("1234", count_low=False)
    assert objection is not None
    assert "2 wrong in a row" in objection
    memory.accepted()
    memory.trying("1234")
    memory.not_judged()
    assert memory.objection("1234", count_low=True) is None


def test_a_token_about_to_lock_is_left_alone() -> None:
    usual = TokenFlag.TOKEN_INITIALIZED | TokenFlag.LOGIN_REQUIRED
    assert refuse_by_flags(usual | TokenFlag.USER_PIN_COUNT_LOW) is None
    for flag in (TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED):
        reason = refuse_by_flags(usual | flag)
        assert reason is not None
        assert "token locks" in reason or "is locked" in reason


@pytest.mark.usefixtures("fresh_pin")
def test_no_traceback_shows_a_pin(tmp_path: Path) -> None:
    for wrong, words in (("31415926", "wrong PIN"), ("31415926", "not tried")):
        with pytest.raises(PinRefused, match=words) as caught:
            try_pin_by_settings(tmp_path, wrong)
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        frames = [frame for frame in told.stack if "test_tokens" not in frame.filename]
        assert frames
        assert wrong not in "".join(f"{frame.line} {frame.locals}" for frame in frames)
        assert told.__cause__ is None
        assert wrong not in repr(caught.value)


def try_pin_by_settings(folder: Path, pin: str) -> None:
    key = on_token("p256", token_label=PIN_LABEL, pin=SecretStr(pin))
    loaded(folder, key, key)


def test_a_key_that_asks_for_the_pin_each_time_gets_it(tmp_path: Path, hsm: SoftHsm) -> None:
    people = loaded(tmp_path, on_token(ASKING), on_token(ASKING))
    for message in (b"one", b"two"):
        assert people.officer.signer.sign_now(message, "sha256")
    people.release()


@pytest.mark.usefixtures("fresh_pin")
def test_a_pin_changed_in_mid_batch_is_tried_once(tmp_path: Path) -> None:
    key = on_token(ASKING, token_label=PIN_LABEL)
    people = loaded(tmp_path, key, key)
    assert people.officer.signer.sign_now(b"x", "sha256")
    change_pin(PIN, "998877")
    for words in ("wrong PIN", "not tried again until it is changed"):
        with pytest.raises(PinRefused, match=words):
            people.officer.signer.sign_now(b"x", "sha256")
    people.release()
    token = pin_token(tmp_path / "with the new PIN", "998877")
    token.use(lambda _: change_pin("998877", PIN))
    token.close()


def test_the_pin_comes_from_a_file_and_must_be_set(tmp_path: Path, hsm: SoftHsm) -> None:
    file = tmp_path / "pin"
    file.write_text(f"{PIN}\n")
    by_file = on_token("p256", pin=None, pin_file=file)
    loaded(tmp_path, by_file, by_file).release()
    file.write_bytes(b"\xff\xfe12")
    with pytest.raises(KeyUnavailable, match="not UTF-8") as caught:
        loaded(tmp_path, by_file, by_file)
    assert caught.value.__cause__ is None
    with pytest.raises(KeyUnavailable, match="no PIN is set"):
        loaded(tmp_path, on_token("p256", pin=None), on_token("p256"))


# --- pulled out ------------------------------------------------------------------------------


def test_a_token_pulled_out_in_mid_batch_ends_in_an_error_and_signs_when_it_is_back(
    tmp_path: Path, hsm: SoftHsm, authority: Authority, appearance: Appearance, cache: Path
) -> None:
    hsm.plug_in()
    root = authority.write_root(tmp_path)
    officer, agency = (on_token(kind, module=hsm.client) for kind in ("p256", "rsa2048"))
    people = loaded(tmp_path, officer, agency, root)
    source, out = blank_pdfa(tmp_path / "p.pdf"), tmp_path / "out.pdf"
    sign_copy(source, tmp_path / "first.pdf", people, now(appearance), cache)
    hsm.pull_out()
    with pytest.raises(TokenUnavailable) as caught:
        sign_copy(source, out, people, now(appearance), cache)
    assert caught.value.retryable
    assert not out.exists()
    hsm.plug_in()
    sign_copy(source, out, people, now(appearance), cache)
    people.release()
    hsm.pull_out()
    assert verify(out, [root]).ok


def test_two_tokens_of_one_module_come_back_without_harm_to_each_other(
    tmp_path: Path, hsm: SoftHsm
) -> None:
    hsm.plug_in()
    one = on_token("p256", module=hsm.client)
    other = on_token("p256", module=hsm.client, token_label=PIN_LABEL)
    people = loaded(tmp_path, one, other)
    hsm.pull_out()
    hsm.plug_in()
    before = restarts[str(hsm.client)]
    for _ in range(3):
        for who in (people.officer, people.agency):
            assert who.signer.sign_now(b"x", "sha256")
    assert restarts[str(hsm.client)] == before + 1
    people.release()
    hsm.pull_out()


def test_a_token_that_comes_back_in_time_is_waited_for(tmp_path: Path, hsm: SoftHsm) -> None:
    hsm.plug_in()
    key = on_token("p256", module=hsm.client, patience_seconds=60)
    people = loaded(tmp_path, key, key)
    hsm.pull_out()
    back = threading.Timer(1, hsm.plug_in)
    back.start()
    assert people.officer.signer.sign_now(b"x", "sha256")
    back.join()
    people.release()
    hsm.pull_out()


def test_a_token_removed_from_its_slot_is_an_error_too(tmp_path: Path, hsm: SoftHsm) -> None:
    people = loaded(tmp_path, on_token("p256"), on_token("p256"))
    tokens, away = hsm.folder / "tokens", hsm.folder / "away"
    tokens.rename(away)
    tokens.mkdir()
    with pytest.raises(TokenUnavailable):
        people.officer.signer.sign_now(b"x", "sha256")
    tokens.rmdir()
    away.rename(tokens)
    assert people.officer.signer.sign_now(b"x", "sha256")
    people.release()
