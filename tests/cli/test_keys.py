"""Keys as an administrator sees them, and many files signed from the command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.key_examination import examine_keys
from cli.speech import language
from dossiers.dossier import SigningRole
from dossiers.settings import Pkcs11KeySettings, Pkcs12KeySettings, Settings, SigningSettings
from signing.keys import load_signatories
from storage.ledger import open_ledger
from tests.conftest import run_sohoa
from tests.servers.certificates import make_key
from tests.servers.softhsm import LABEL, MODULE, PIN, softhsm
from tests.signing.conftest import AGENCY, blank_pdfa
from tests.signing.issuing import PASSWORD, Authority


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    language.cache_clear()


def key_file(folder: Path, authority: Authority, name: str, days: int = 400) -> Path:
    key = make_key("p256")
    certificate = authority.issue(key, name, days=(-1, days))
    return authority.bundle(folder / f"{name}.p12", key, certificate)


def test_the_doctor_tells_of_each_key_and_warns_before_it_runs_out(
    tmp_path: Path, authority: Authority
) -> None:
    def held(name: str, days: int = 400) -> Pkcs12KeySettings:
        file = key_file(tmp_path, authority, name, days)
        return Pkcs12KeySettings(file=file, password=SecretStr(PASSWORD))

    signing = SigningSettings(
        officer=held("Cán bộ Ví Dụ", 20),
        agency=held("UBND Ví Dụ").model_copy(update={"password": SecretStr("sai")}),
        chains={"decision": (SigningRole.AUTHORITY, SigningRole.AGENCY)},
    )
    officer, missing, agency = examine_keys(Settings(home=tmp_path, signing=signing))
    assert officer.ok
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=20, hours=7)
    for words in ("PKCS#12 file", "ECDSA P-256", "CN=Cán bộ Ví Dụ", "issued by CN=Nơi cấp Ví Dụ"):
        assert words in officer.detail
    assert f"{until:%d/%m/%Y}" in officer.detail
    assert officer.advice is not None
    assert "expires in 19 days" in officer.advice
    assert not missing.ok
    assert "signing.authority" in missing.detail
    assert not agency.ok
    assert "wrong password" in agency.detail
    earlier = dt.datetime.now(dt.UTC) - dt.timedelta(days=20)
    assert examine_keys(Settings(home=tmp_path, signing=signing), earlier)[0].advice is None


def test_the_doctor_leaves_a_token_that_is_in_use_alone(
    tmp_path: Path, authority: Authority
) -> None:
    with softhsm(authority):
        key = Pkcs11KeySettings(
            kind="pkcs11",
            module=MODULE,
            token_label=LABEL,
            label="rsa3072",
            pin=SecretStr(PIN),
            wait_seconds=0,
        )
        settings = Settings(home=tmp_path, signing=SigningSettings(officer=key, agency=key))
        assert "PKCS#11 token · RSA 3072 · CN=Khóa rsa3072" in examine_keys(settings)[0].detail
        owner = load_signatories(settings.signing, settings.pki_folder, AGENCY)
        looks = examine_keys(settings)
        owner.release()
        assert all(look.ok and "token_busy" in look.detail for look in looks)


def test_many_files_are_signed_with_one_unlock_and_each_is_told(
    tmp_path: Path, authority: Authority
) -> None:
    home, into = tmp_path / "var", tmp_path / "signed"
    files = [blank_pdfa(tmp_path / f"{number}.pdf") for number in range(3)]
    files[1].write_bytes(b"%PDF-1.7 nothing")
    keys = {
        f"SOHOA_SIGNING__{role}__FILE": str(key_file(tmp_path, authority, role))
        for role in ("AUTHORITY", "AGENCY")
    } | {f"SOHOA_SIGNING__{role}__PASSWORD": PASSWORD for role in ("AUTHORITY", "AGENCY")}
    keys["SOHOA_SIGNING__CHAIN"] = '["agency"]'
    keys["SOHOA_SIGNING__CHAINS"] = '{"decision": ["authority", "agency"]}'
    keys["SOHOA_SIGNING__TRUST_ROOTS"] = json.dumps([str(authority.write_root(tmp_path))])
    done = run_sohoa(home, "sign", *files, "--to", into, "--type", "decision", "--json", **keys)
    assert done.returncode == 1, done.stderr
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert first["signers"] == third["signers"] == ["AUTHORITY", "AGENCY"]
    assert second["error"]["code"] == "damaged_file"
    assert sorted(path.name for path in into.iterdir()) == ["0.pdf", "2.pdf"]
    assert run_sohoa(home, "verify", *into.iterdir(), **keys).returncode == 0
    with open_ledger(Settings(home=home).ledger_url) as ledger:
        acts = [e for e in ledger.audit.entries() if e.action == "document.signed"]
        assert [(a.actor, a.details["role"]) for a in reversed(acts)] == [
            ("AUTHORITY", "authority"),
            ("AGENCY", "agency"),
        ] * 2
        assert {a.details["command"] for a in acts} == {"sohoa sign"}
        assert {a.details["signed"] for a in acts} == {first["sha256"], third["sha256"]}
        assert ledger.audit.verify().ok


@pytest.mark.parametrize(
    "arguments", [[], ["-o", "x.pdf", "--to", "x"], ["--to", "."], ["--to", "x", "--type", "none"]]
)
def test_what_to_write_and_where_must_be_clear(tmp_path: Path, arguments: list[str]) -> None:
    blank_pdfa(tmp_path / "a.pdf")
    done = run_sohoa(tmp_path / "var", "sign", "a.pdf", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.pdf").exists()
