"""A PKI made on the spot, so that the main job works before an agency has its certificates.

Every certificate says in its subject that it is a test without legal value.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

NO_LEGAL_VALUE = "CHỨNG THƯ THỬ NGHIỆM - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"

_READY = "pki"
_CA_YEARS, _SIGNER_YEARS = 10, 3
_RENEW_BEFORE = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TestPki:
    """Where the parts lie: three PKCS#12 files, the file with their password, the root (PEM)."""

    __test__ = False  # not a test case, whatever its name

    officer: Path
    authority: Path
    agency: Path
    password_file: Path
    root: Path

    @property
    def password(self) -> str:
        """The password of the PKCS#12 files."""
        return self.password_file.read_text(encoding="ascii").strip()


def ensure(folder: Path, agency_name: str) -> TestPki:
    """The test PKI in ``folder``, made on first use and renewed when it runs out.

    Safe against two processes at once and against being killed: the PKI appears whole or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        pki = _places(folder / _READY)
        if not _usable(pki):
            _make(folder, agency_name)
    return pki


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def _places(folder: Path) -> TestPki:
    return TestPki(
        folder / "officer.p12",
        folder / "authority.p12",
        folder / "agency.p12",
        folder / "password",
        folder / "root.pem",
    )


def _usable(pki: TestPki) -> bool:
    parts = (pki.officer, pki.authority, pki.agency, pki.password_file, pki.root)
    if not all(path.is_file() for path in parts):
        return False
    _, certificate, _ = pkcs12.load_key_and_certificates(
        pki.agency.read_bytes(), pki.password.encode()
    )
    due = dt.datetime.now(dt.UTC) + _RENEW_BEFORE
    return certificate is not None and certificate.not_valid_after_utc > due


def _make(folder: Path, agency_name: str) -> None:
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        made = _places(making)
        password = secrets.token_urlsafe(24)
        _secret(made.password_file, password.encode())
        root_key, issuing_key = _key(3072), _key(3072)
        root = _certificate("Sohoa Test Root CA", root_key, None, root_key, path_length=1)
        issuing = _certificate("Sohoa Test Issuing CA", issuing_key, root, root_key, path_length=0)
        signers = (
            (made.officer, "Cán bộ số hóa"),
            (made.authority, "Người có thẩm quyền"),
            (made.agency, agency_name),
        )
        for path, name in signers:
            key = _key(2048)
            certificate = _certificate(name, key, issuing, issuing_key, path_length=None)
            bundle = pkcs12.serialize_key_and_certificates(
                name.encode(),
                key,
                certificate,
                [issuing, root],
                serialization.BestAvailableEncryption(password.encode()),
            )
            _secret(path, bundle)
        made.root.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        old = folder / _READY
        if old.exists():
            # Keep what old signatures were made with: their root must stay at hand.
            old.rename(folder / f"expired-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}")
        making.rename(old)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def subject_name(common_name: str) -> x509.Name:
    """A name that says, whoever bears it, that it has no legal value."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, NO_LEGAL_VALUE),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _certificate(
    common_name: str,
    key: rsa.RSAPrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: rsa.RSAPrivateKey,
    path_length: int | None,
) -> x509.Certificate:
    """A certificate as RFC 5280 wants it; ``path_length`` is ``None`` for a signer."""
    now = dt.datetime.now(dt.UTC)
    years = _SIGNER_YEARS if path_length is None else _CA_YEARS
    issuer_public = issuer.public_key() if issuer else key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject_name(common_name))
        .issuer_name(issuer.subject if issuer else subject_name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of verifying machines may be a little behind.
        .not_valid_before(now - dt.timedelta(minutes=10))
        .not_valid_after(now + dt.timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(path_length is not None, path_length), critical=True)
        .add_extension(_usage(ca=path_length is not None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public),  # type: ignore[arg-type]
            critical=False,
        )
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _secret(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
