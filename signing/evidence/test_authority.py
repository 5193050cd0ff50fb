"""A time-stamping authority made on the spot, in this process; on its face it has no legal value."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.test_pki import subject_name

# Two levels below the PKI's folder: its root must not be taken for one of signatures.
_FOLDER, _PLACE = "evidence", "authority"
_YEARS = 10
_REPLACE_BEFORE = dt.timedelta(days=365)
_DER, _PEM = serialization.Encoding.DER, serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Made:
    """An authority's key and certificate, and the root it leads to, with its key."""

    root: x509.Certificate
    root_key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def client(self, at: dt.datetime | None = None) -> DummyTimeStamper:
        """The authority itself as a client; ``at`` sets its clock."""
        return _client(self.root, self.certificate, _pkcs8(self.key), at)


def ensure(pki_folder: Path) -> tuple[DummyTimeStamper, Path]:
    """The test authority under the PKI folder, made on first use; and where its root lies.

    Safe against two processes at once and against being killed.
    """
    folder = pki_folder / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / _PLACE
    with (folder / ".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not _usable(place):
            _keep(make("Sohoa Test Time Stamping Authority"), place)
    root = x509.load_pem_x509_certificate((place / "root.pem").read_bytes())
    certificate = x509.load_pem_x509_certificate((place / "authority.pem").read_bytes())
    return _client(root, certificate, (place / "authority.key").read_bytes()), place / "root.pem"


def roots(pki_folder: Path) -> tuple[Path, ...]:
    """The roots of this and of earlier test authorities; their time stamps are still about."""
    return tuple(sorted((pki_folder / _FOLDER).glob(f"{_PLACE}*/root.pem")))


def make(
    name: str,
    not_before: dt.datetime | None = None,
    not_after: dt.datetime | None = None,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
) -> Made:
    """A root and, under it, an authority's certificate (RFC 3161, 2.3), valid as told."""
    start = not_before or dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    end = not_after or start + dt.timedelta(days=365 * _YEARS)
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = subject_name(f"{name} Root")
    root = (
        _builder(own, own, root_key.public_key(), start, end + dt.timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    certificate = (
        _builder(subject_name(name), own, key.public_key(), start, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    return Made(root, root_key, certificate, key)


def _client(
    root: x509.Certificate, certificate: x509.Certificate, key: bytes, at: dt.datetime | None = None
) -> DummyTimeStamper:
    return DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(_DER)),
        asn1_keys.PrivateKeyInfo.load(key),
        SimpleCertificateStore.from_certs([asn1_x509.Certificate.load(root.public_bytes(_DER))]),
        fixed_dt=at,
    )


def _usable(place: Path) -> bool:
    if not all((place / n).is_file() for n in ("root.pem", "authority.pem", "authority.key")):
        return False
    held = x509.load_pem_x509_certificate((place / "authority.pem").read_bytes())
    return held.not_valid_after_utc > dt.datetime.now(dt.UTC) + _REPLACE_BEFORE


def _keep(made: Made, place: Path) -> None:
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=place.parent))
    try:
        (making / "root.pem").write_bytes(made.root.public_bytes(_PEM))
        (making / "authority.pem").write_bytes(made.certificate.public_bytes(_PEM))
        descriptor = os.open(making / "authority.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_pkcs8(made.key))
        if place.exists():
            place.rename(place.with_name(f"{_PLACE}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"))
        making.rename(place)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _pkcs8(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: rsa.RSAPublicKey,
    start: dt.datetime,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_cert_sign=ca,
        crl_sign=ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
