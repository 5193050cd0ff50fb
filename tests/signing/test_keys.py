"""The test PKI, and keys that may or may not be used."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from dossiers.errors import KeyUnavailable
from dossiers.settings import SigningSettings
from signing import test_pki
from signing.keys import Signatories, load_signatories, open_pkcs12
from tests.signing.conftest import AGENCY


def bundle(
    path: Path, *, days: tuple[int, int] = (-1, 100), signing: bool = True, curve: bool = True
) -> Path:
    """A self-made PKCS#12 with password ``mật khẩu``, valid from and until so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1()) if curve else ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ví Dụ")])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(signing, False, not signing, False, False, False, False, False, False)  # noqa: FBT003
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256() if curve else None)
    )
    secret = BestAvailableEncryption("mật khẩu".encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, secret))
    return path


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
    for name in ("officer.p12", "agency.p12", "password"):
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


@pytest.mark.parametrize("curve", [True, False])
def test_keys_of_other_kinds_open(tmp_path: Path, curve: bool) -> None:
    assert open_pkcs12(bundle(tmp_path / "k.p12", curve=curve), "mật khẩu").name == "Ví Dụ"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"days": (-10, -1)}, "expired"),
        ({"days": (1, 10)}, "not valid before"),
        ({"signing": False}, "key usage"),
    ],
)
def test_certificates_that_may_not_sign_now_are_refused(
    tmp_path: Path, options: dict[str, object], words: str
) -> None:
    path = bundle(tmp_path / "k.p12", **options)  # type: ignore[arg-type]
    with pytest.raises(KeyUnavailable, match=words):
        open_pkcs12(path, "mật khẩu")


def test_wrong_passwords_and_files_are_told_without_the_password(tmp_path: Path) -> None:
    path = bundle(tmp_path / "k.p12")
    with pytest.raises(KeyUnavailable, match="wrong password") as caught:
        open_pkcs12(path, "hush-hush")
    assert "hush-hush" not in str(caught.value)
    with pytest.raises(KeyUnavailable):
        open_pkcs12(tmp_path / "missing.p12", "")


def test_one_key_alone_is_not_enough(tmp_path: Path) -> None:
    settings = SigningSettings(officer_key=bundle(tmp_path / "k.p12"))
    with pytest.raises(KeyUnavailable, match="agency_key"):
        load_signatories(settings, tmp_path, AGENCY)


def test_real_keys_take_the_place_of_the_test_pki(tmp_path: Path) -> None:
    path = bundle(tmp_path / "k.p12")
    secret = tmp_path / "password"
    secret.write_text("mật khẩu\n", encoding="utf-8")
    settings = SigningSettings(
        officer_key=path, officer_password="mật khẩu", agency_key=path, agency_password_file=secret
    )
    assert not load_signatories(settings, tmp_path / "none", AGENCY).test
    assert not (tmp_path / "none").exists()
