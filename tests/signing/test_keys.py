"""The test PKI, and keys that may or may not be used."""

from __future__ import annotations

import dataclasses
import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from pydantic import SecretStr

from copies.conformance import Validator
from dossiers.dossier import SigningRole
from dossiers.errors import KeyUnavailable
from dossiers.settings import Pkcs12KeySettings, SigningSettings
from signing import test_pki
from signing.appearance import Appearance
from signing.keys import Signatories, load_signatories, open_pkcs12
from signing.pades import sign_copy
from signing.validation import Outcome, verify
from tests.servers.certificates import make_key, write_pem
from tests.signing.conftest import AGENCY, blank_pdfa
from tests.signing.issuing import PASSWORD, Authority


def held(
    folder: Path, authority: Authority, kind: str = "p256", **faults: object
) -> Pkcs12KeySettings:
    """A key in a PKCS#12 file, with a certificate of that kind or fault."""
    key = make_key(kind)
    path = authority.bundle(folder / f"{kind}.p12", key, authority.issue(key, **faults))  # type: ignore[arg-type]
    return Pkcs12KeySettings(file=path, password=SecretStr(PASSWORD))


def test_every_certificate_says_that_it_has_no_legal_value(
    signatories: Signatories, pki_folder: Path
) -> None:
    assert signatories.test
    root = x509.load_pem_x509_certificate((pki_folder / "pki" / "root.pem").read_bytes())
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in root.subject.rfc4514_string()
    for who in (signatories.officer, signatories.agency):
        subject = who.signer.signing_cert.subject.native
        assert subject["organization_name"] == test_pki.NO_LEGAL_VALUE
    assert signatories.agency.name == AGENCY.name


def test_secrets_are_for_the_owner_only(signatories: Signatories, pki_folder: Path) -> None:
    del signatories
    for name in ("officer.p12", "authority.p12", "agency.p12", "password"):
        assert (pki_folder / "pki" / name).stat().st_mode & 0o077 == 0


def test_the_pki_is_made_once(signatories: Signatories, pki_folder: Path) -> None:
    again = load_signatories(SigningSettings(), pki_folder, AGENCY)
    serials = [s.agency.signer.signing_cert.serial_number for s in (signatories, again)]
    assert serials[0] == serials[1]


def test_processes_that_start_together_share_one_pki(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from signing.test_pki import ensure;"
        "print(ensure(Path(sys.argv[1]), 'UBND').root.read_text())"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    roots = [process.communicate()[0] for process in both]
    assert roots[0] == roots[1] != b""


def test_what_a_killed_run_left_is_not_taken_for_a_pki(tmp_path: Path) -> None:
    half = tmp_path / "pki"
    half.mkdir()
    (half / "officer.p12").write_bytes(b"half")
    made = test_pki.ensure(tmp_path, "UBND")
    assert open_pkcs12(made.officer, made.password).name == "Cán bộ số hóa"


@pytest.mark.parametrize(
    ("kind", "algorithm", "digest"),
    [
        ("rsa2048", "RSA 2048", "sha256"),
        ("rsa4096", "RSA 4096", "sha256"),
        ("p256", "ECDSA P-256", "sha256"),
        ("p384", "ECDSA P-384", "sha384"),
        ("ed25519", "Ed25519", "sha512"),
    ],
)
def test_keys_of_every_kind_sign_and_validate(
    tmp_path: Path,
    authority: Authority,
    appearance: Appearance,
    cache: Path,
    kind: str,
    algorithm: str,
    digest: str,
    vera: Validator,
) -> None:
    root = authority.write_root(tmp_path)
    settings = SigningSettings(
        officer=held(tmp_path, authority, kind),
        agency=held(tmp_path, authority, "p256"),
        trust_roots=(root,),
    )
    people = load_signatories(settings, tmp_path, AGENCY)
    assert (people.officer.algorithm, people.officer.digest) == (algorithm, digest)
    out = tmp_path / "out.pdf"
    now = dataclasses.replace(appearance, at=dt.datetime.now(dt.UTC))
    sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, people, now, cache)
    report = verify(out, [root])
    assert report.outcome is Outcome.VALID, report
    assert [s.digest for s in report.signatures] == [digest, "sha256"]
    result = vera.check(out)
    assert result.compliant, result.failures


@pytest.mark.parametrize(
    ("kind", "faults", "words"),
    [
        ("p256", {"days": (-10, -1)}, "expired"),
        ("p256", {"days": (1, 10)}, "not valid before"),
        ("p256", {"signing": False}, "key usage"),
        ("p256", {"server": True}, "key usage"),
        ("rsa1024", {}, "RSA 1024"),
        ("k256", {}, "secp256k1"),
    ],
)
def test_certificates_that_may_not_sign_are_refused(
    tmp_path: Path, authority: Authority, kind: str, faults: dict[str, object], words: str
) -> None:
    key = held(tmp_path, authority, kind, **faults)
    with pytest.raises(KeyUnavailable, match=words):
        open_pkcs12(key.file, PASSWORD)


def test_a_certificate_without_its_chain_is_refused_until_the_chain_is_given(
    tmp_path: Path, authority: Authority
) -> None:
    key = make_key("p256")
    path = authority.bundle(tmp_path / "k.p12", key, authority.issue(key), chain=False)
    with pytest.raises(KeyUnavailable, match=r"Nơi cấp Ví Dụ.*is missing"):
        open_pkcs12(path, PASSWORD)
    chain = write_pem(tmp_path / "chain.pem", authority.issuing)
    opened = open_pkcs12(
        path, PASSWORD, chain_file=chain, trust_roots=[authority.write_root(tmp_path)]
    )
    embedded = opened.signer.cert_registry
    assert [c.subject.native["common_name"] for c in embedded] == ["Nơi cấp Ví Dụ", "Gốc Ví Dụ"]


def test_a_path_to_a_root_nobody_trusts_is_refused(tmp_path: Path, authority: Authority) -> None:
    elsewhere = Authority.new().write_root(tmp_path)
    key = held(tmp_path, authority)
    with pytest.raises(KeyUnavailable, match="trust_roots"):
        open_pkcs12(key.file, PASSWORD, trust_roots=[elsewhere])


def test_wrong_passwords_and_files_are_told_without_the_password(
    tmp_path: Path, authority: Authority
) -> None:
    path = held(tmp_path, authority).file
    with pytest.raises(KeyUnavailable, match="wrong password") as caught:
        open_pkcs12(path, "hush-hush")
    assert "hush-hush" not in str(caught.value)
    with pytest.raises(KeyUnavailable):
        open_pkcs12(tmp_path / "missing.p12", "")


def test_every_role_of_a_chain_needs_a_key(tmp_path: Path, authority: Authority) -> None:
    key = held(tmp_path, authority)
    with pytest.raises(KeyUnavailable, match=r"signing\.agency"):
        load_signatories(SigningSettings(officer=key), tmp_path, AGENCY)
    alone = SigningSettings(agency=key, chain=(SigningRole.AGENCY,))
    [(role, who)] = load_signatories(alone, tmp_path, AGENCY).signing()
    assert (role, who.name) == (SigningRole.AGENCY, "Nguyễn Văn Ví Dụ")


def test_real_keys_take_the_place_of_the_test_pki(tmp_path: Path, authority: Authority) -> None:
    direct = held(tmp_path, authority)
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    by_file = Pkcs12KeySettings(file=direct.file, password_file=secret)
    settings = SigningSettings(officer=direct, agency=by_file)
    assert not load_signatories(settings, tmp_path / "none", AGENCY).test
    assert not (tmp_path / "none").exists()
