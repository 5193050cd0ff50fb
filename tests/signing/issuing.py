"""Who issues the certificates of keys: in files, on tokens, at services, and with every fault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.servers.certificates import (
    Holder,
    Key,
    PublicKey,
    from_now,
    make_certificate,
    make_key,
    write_pem,
    write_pkcs12,
)

PASSWORD = "mật khẩu"
_ORGANISATION = "UBND xã Ví Dụ"


@dataclass(frozen=True)
class Authority:
    """Root and issuing authority with P-256 keys."""

    root: x509.Certificate
    issuing: x509.Certificate
    key: Key

    @classmethod
    def new(cls) -> Authority:
        valid = from_now((-1, 3000))
        root_key, key = make_key("p256"), make_key("p256")
        root = make_certificate(
            "Gốc Ví Dụ", root_key, None, valid, organisation=_ORGANISATION, ca=True
        )
        issuing = make_certificate(
            "Nơi cấp Ví Dụ",
            key,
            Holder(root, root_key),
            valid,
            organisation=_ORGANISATION,
            ca=True,
        )
        return cls(root, issuing, key)

    def issue(
        self,
        key: Key | PublicKey,
        name: str = "Nguyễn Văn Ví Dụ",
        *,
        days: tuple[int, int] = (-1, 400),
        signing: bool = True,
        server: bool = False,
    ) -> x509.Certificate:
        """A signer's certificate, valid from and until so many days from now."""
        return make_certificate(
            name,
            key,
            Holder(self.issuing, self.key),
            from_now(days),
            organisation=_ORGANISATION,
            bits=("digital_signature", "content_commitment") if signing else ("key_encipherment",),
            extended=[ExtendedKeyUsageOID.SERVER_AUTH] if server else [],
        )

    def bundle(
        self, path: Path, key: Key, certificate: x509.Certificate, *, chain: bool = True
    ) -> Path:
        """A PKCS#12 file with :data:`PASSWORD`."""
        issuers = [self.issuing, self.root] if chain else []
        return write_pkcs12(path, key, certificate, issuers, PASSWORD)

    def write_root(self, folder: Path) -> Path:
        """The root as a PEM file."""
        return write_pem(folder / "root.pem", self.root)
