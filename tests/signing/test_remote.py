"""Remote signing by both versions of the CSC API: one approval for a batch, refusals, faults."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from dossiers.errors import (
    KeyUnavailable,
    OtpRefused,
    PinRefused,
    RemoteSigningRefused,
    RemoteSigningUnavailable,
    SigningDeclined,
    SigningNotApproved,
)
from dossiers.settings import CscKeySettings, SigningSettings
from signing.appearance import Appearance
from signing.keys import KeyKind, Signatories, load_signatories
from signing.keys.factors import Ask, Question
from signing.pades import sign_copy
from signing.validation import Outcome, verify
from tests.servers.csc import CLIENT, PIN, SECRET, CscServer, csc_server
from tests.signing.conftest import AGENCY, blank_pdfa
from tests.signing.issuing import Authority

VERSIONS = ("v1", "v2")


@pytest.fixture(scope="module")
def running(authority: Authority) -> Iterator[CscServer]:
    with csc_server(authority) as server:
        yield server


@pytest.fixture
def service(running: CscServer, root: Path) -> CscServer:
    del root  # lies where the keys are loaded from
    running.reset()
    return running


def remote(
    service: CscServer, version: str, credential: str | None = None, **changed: object
) -> CscKeySettings:
    settings = CscKeySettings(
        kind="csc",
        url=service.url(version),
        credential=credential,
        client_id=CLIENT,
        client_secret=SecretStr(SECRET),
        approval_seconds=20,
    )
    return settings.model_copy(update=changed)


@pytest.fixture
def root(authority: Authority, tmp_path: Path) -> Path:
    return authority.write_root(tmp_path)


def loaded(
    folder: Path, officer: CscKeySettings, agency: CscKeySettings, ask: Ask | None = None
) -> Signatories:
    roots = tuple(folder.glob("root.pem"))
    settings = SigningSettings(officer=officer, agency=agency, trust_roots=roots)
    return load_signatories(settings, folder, AGENCY, ask)


def sign_one(people: Signatories, folder: Path, appearance: Appearance, cache: Path) -> Path:
    now = dataclasses.replace(appearance, at=dt.datetime.now(dt.UTC))
    out = folder / "out.pdf"
    sign_copy(blank_pdfa(folder / "p.pdf"), out, people, now, cache)
    return out


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384"])
def test_a_phone_approves_and_the_service_signs(
    tmp_path: Path,
    service: CscServer,
    root: Path,
    appearance: Appearance,
    cache: Path,
    version: str,
    kind: str,
) -> None:
    service.add("can-bo", kind)
    service.add("con-dau", "p256", phone=False, pin=PIN)
    people = loaded(
        tmp_path,
        remote(service, version, "can-bo"),
        remote(service, version, "con-dau", pin=SecretStr(PIN)),
    )
    assert people.officer.kind is KeyKind.CSC
    out = sign_one(people, tmp_path, appearance, cache)
    report = verify(out, [root])
    assert report.outcome is Outcome.VALID, report
    assert [s.signer for s in report.signatures] == ["Ký từ xa can-bo", "Ký từ xa con-dau"]
    # Only hashes leave the machine.
    for _, request in service.calls:
        assert len(json.dumps(request)) < 600


def test_ecdsa_side_by_side_is_understood(
    tmp_path: Path, service: CscServer, root: Path, appearance: Appearance, cache: Path
) -> None:
    service.raw_ecdsa = True
    service.add("k", "p384")
    people = loaded(tmp_path, remote(service, "v1"), remote(service, "v1"))
    out = sign_one(people, tmp_path, appearance, cache)
    assert verify(out, [root]).ok


@pytest.mark.parametrize("version", VERSIONS)
def test_a_person_who_says_no_or_nothing_leaves_nothing_behind(
    tmp_path: Path, service: CscServer, appearance: Appearance, cache: Path, version: str
) -> None:
    service.add("k", "p256")
    patient, hasty = remote(service, version), remote(service, version, approval_seconds=0.3)
    people = loaded(tmp_path, patient, patient)
    service.phone.answer = "decline"
    with pytest.raises(SigningDeclined) as declined:
        sign_one(people, tmp_path, appearance, cache)
    assert not declined.value.retryable
    assert "Ký từ xa k" in declined.value.message()
    service.phone.answer = "nothing"
    people = loaded(tmp_path, hasty, hasty)
    with pytest.raises(SigningNotApproved) as late:
        sign_one(people, tmp_path, appearance, cache)
    assert late.value.retryable
    assert not (tmp_path / "out.pdf").exists()
    assert service.asked("signatures/signHash") == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pin_that_is_refused_is_not_sent_again(
    tmp_path: Path, service: CscServer, appearance: Appearance, cache: Path, version: str
) -> None:
    service.add("k", "p256", phone=False, pin=PIN)
    wrong = remote(service, version, pin=SecretStr("000000"))
    people = loaded(tmp_path, wrong, wrong)
    for words in ("refuses the PIN", "not tried again"):
        with pytest.raises(PinRefused, match=words) as caught:
            sign_one(people, tmp_path, appearance, cache)
        assert "000000" not in str(caught.value) + repr(caught.value.__dict__)
    assert len(service.asked("credentials/authorize")) == 1
    right = remote(service, version, pin=SecretStr(PIN))
    sign_one(loaded(tmp_path, right, right), tmp_path, appearance, cache)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"status": "revoked"}, "revoked"),
        ({"enabled": False}, "disabled"),
        ({"mode": "oauth2code"}, "browser"),
        ({"otp": "123456"}, "sohoa sign at a terminal"),
        ({"kind": "ed25519", "algorithms": ["1.3.101.112"]}, "Ed25519"),
        ({"algorithms": ["1.2.840.10045.4.3.3"]}, "lacks sha256_ecdsa"),
    ],
)
def test_credentials_that_cannot_sign_are_refused_before_anything(
    tmp_path: Path, service: CscServer, version: str, options: dict[str, object], words: str
) -> None:
    service.add("k", **{"kind": "p256", **options})  # type: ignore[arg-type]
    with pytest.raises(KeyUnavailable, match=words):
        loaded(tmp_path, remote(service, version), remote(service, version))


class Person:
    """Types what they were told, and remembers what they were asked."""

    def __init__(self, *answers: str | None) -> None:
        self.answers, self.questions = list(answers), list[Question]()

    def __call__(self, question: Question) -> SecretStr | None:
        self.questions.append(question)
        answer = self.answers.pop(0)
        return None if answer is None else SecretStr(answer)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("pin", [None, PIN])
def test_a_one_time_password_is_typed_for_each_consent(
    tmp_path: Path,
    service: CscServer,
    appearance: Appearance,
    cache: Path,
    version: str,
    sent: bool,
    pin: str | None,
) -> None:
    service.add("k", "p256", phone=False, pin=pin, otp="123456", otp_sent=sent)
    key = remote(service, version, pin=SecretStr(pin) if pin else None)
    person = Person("123456", "123456")
    people = loaded(tmp_path, key, key, person)
    assert person.questions == []
    out = sign_one(people, tmp_path, appearance, cache)
    assert verify(out, people.trust_roots).outcome is Outcome.VALID
    first, second = person.questions
    assert first == second
    assert (first.signer, first.count, first.label) == ("Ký từ xa k", 1, "Mã SMS")
    assert first.challenge == ("Mã giao dịch 4711" if sent and version == "v2" else "")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_one_time_password_signs_nothing_and_is_no_wrong_pin(
    tmp_path: Path, service: CscServer, appearance: Appearance, cache: Path, version: str
) -> None:
    service.add("k", "p256", phone=False, otp="123456")
    person = Person("000000", None, "123456", "123456")
    people = loaded(tmp_path, remote(service, version), remote(service, version), person)
    with pytest.raises(OtpRefused, match="new one"):
        sign_one(people, tmp_path, appearance, cache)
    with pytest.raises(SigningDeclined):
        sign_one(people, tmp_path, appearance, cache)
    assert not (tmp_path / "out.pdf").exists()
    sign_one(people, tmp_path, appearance, cache)


def test_what_is_confirmed_elsewhere_is_named_to_the_service(
    tmp_path: Path, service: CscServer, appearance: Appearance, cache: Path
) -> None:
    objects = (
        {"type": "ChallengeResponseOOB", "id": "dien-thoai"},
        {"type": "PasswordOOB", "id": "tin-nhan"},
    )
    service.add("k", "p256", objects=objects, pin=PIN)
    key = remote(service, "v2", pin=SecretStr(PIN))
    sign_one(loaded(tmp_path, key, key), tmp_path, appearance, cache)
    given = service.asked("credentials/authorize")[0]["authData"]
    assert given == [{"id": "PIN", "value": PIN}, {"id": "dien-thoai"}, {"id": "tin-nhan"}]
    service.add("k", "p256", objects=({"type": "Retina", "id": "auge"},))
    with pytest.raises(KeyUnavailable, match="auge: Retina"):
        loaded(tmp_path, key, key)


def test_a_credential_must_be_named_where_there_are_several(
    tmp_path: Path, service: CscServer
) -> None:
    service.add("a", "p256")
    service.add("b", "p256")
    with pytest.raises(KeyUnavailable, match="a, b"):
        loaded(tmp_path, remote(service, "v2"), remote(service, "v2"))
    with pytest.raises(RemoteSigningRefused, match="credentialID"):
        loaded(tmp_path, remote(service, "v2", "c"), remote(service, "v2", "c"))


def test_answers_in_the_wrong_order_are_found_out(
    tmp_path: Path, service: CscServer, appearance: Appearance
) -> None:
    service.add("k", "p256")
    people = loaded(tmp_path, remote(service, "v1"), remote(service, "v1"))
    service.swapped = True
    with pytest.raises(KeyUnavailable, match="does not fit the certificate"):
        people.officer.signer.sign_together([b"a", b"b"], "sha256", "")


# --- OAuth 2.0 and the network ---------------------------------------------------------------


def test_refresh_tokens_are_replaced_in_their_file(tmp_path: Path, service: CscServer) -> None:
    service.add("k", "p256", phone=False)
    file = tmp_path / "refresh"
    file.write_text(service.refresh_token)
    key = remote(service, "v2", refresh_token_file=file)
    people = loaded(tmp_path, key, remote(service, "v2"))
    assert file.read_text().strip() == service.refresh_token != "first-refresh-token"
    assert file.stat().st_mode & 0o077 == 0
    service.revoke_access()
    assert people.officer.signer.sign_together([b"a"], "sha256", "")
    assert file.read_text().strip() == service.refresh_token
    file.write_text("stale")
    with pytest.raises(RemoteSigningRefused, match="invalid_grant"):
        loaded(tmp_path, key, key)


def test_a_wrong_client_secret_is_told_without_it(tmp_path: Path, service: CscServer) -> None:
    key = remote(service, "v1", client_secret=SecretStr("lộ-ra"))
    with pytest.raises(RemoteSigningRefused, match="invalid_client") as caught:
        loaded(tmp_path, key, key)
    assert "lộ-ra" not in str(caught.value) + repr(key)


def test_a_service_that_is_away_for_a_moment_is_asked_again(
    tmp_path: Path, service: CscServer, appearance: Appearance, cache: Path
) -> None:
    service.add("k", "p256", phone=False)
    service.down = 2
    people = loaded(tmp_path, remote(service, "v1", "k"), remote(service, "v1", "k"))
    service.down = 1
    # Consent is not asked for twice on our own account.
    with pytest.raises(RemoteSigningUnavailable, match="HTTP 503") as caught:
        sign_one(people, tmp_path, appearance, cache)
    assert caught.value.retryable
    nowhere = remote(service, "v1", "k", token_url="http://127.0.0.1:9/token")
    with pytest.raises(RemoteSigningUnavailable, match="ConnectError"):
        loaded(tmp_path, nowhere, nowhere)


def test_only_tls_leaves_the_machine() -> None:
    with pytest.raises(ValidationError, match="not https"):
        CscKeySettings(kind="csc", url="http://ky-so.example.vn/csc/v1", client_id="x")
    assert CscKeySettings(kind="csc", url="https://ky-so.example.vn/csc/v2", client_id="x")
    with pytest.raises(ValidationError):
        CscKeySettings(kind="csc", url="https://ky-so.example.vn/csc", client_id="x")


def test_nothing_secret_is_logged(
    tmp_path: Path,
    service: CscServer,
    appearance: Appearance,
    cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service.add("k", "p256", phone=False, pin=PIN)
    key = remote(service, "v2", pin=SecretStr(PIN))
    with caplog.at_level(logging.DEBUG):
        sign_one(loaded(tmp_path, key, key), tmp_path, appearance, cache)
    assert caplog.records
    assert not any(word in caplog.text for word in (PIN, SECRET, "Bearer "))
