"""From the settings to those who sign."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from dossiers.dossier import Agency, SigningRole
from dossiers.errors import KeyUnavailable
from dossiers.settings import KeySettings, SigningSettings
from signing import test_pki
from signing.keys.pkcs12 import open_pkcs12
from signing.keys.signatory import Signatories, Signatory


def load_signatories(settings: SigningSettings, pki_folder: Path, agency: Agency) -> Signatories:
    """The signatories set, or those of the test PKI where none are.

    Raises:
        KeyUnavailable: a file, password, key or certificate does not do, or a chain names a role
            that nobody fills.
    """
    if not settings.keys:
        pki = test_pki.ensure(pki_folder, agency.name)
        roots = (pki.root, *sorted(pki_folder.glob("expired-*/root.pem")), *settings.trust_roots)
        people = {
            SigningRole.OFFICER: open_pkcs12(pki.officer, pki.password),
            SigningRole.AUTHORITY: open_pkcs12(pki.authority, pki.password),
            SigningRole.AGENCY: open_pkcs12(pki.agency, pki.password),
        }
        return Signatories(
            people, roots, test=True, chain=settings.chain, chains=dict(settings.chains)
        )
    for role in settings.roles_needed:
        if role not in settings.keys:
            raise KeyUnavailable(key=f"signing.{role}", detail="chưa đặt / not set")
    people = {
        role: _open(key, f"signing.{role}", settings.trust_roots)
        for role, key in settings.keys.items()
    }
    return Signatories(
        people,
        settings.trust_roots,
        test=False,
        chain=settings.chain,
        chains=dict(settings.chains),
    )


def trust_roots(settings: SigningSettings, pki_folder: Path) -> tuple[Path, ...]:
    """The roots trusted when verifying; making no PKI where there is none."""
    own = [] if settings.keys else sorted(pki_folder.glob("*/root.pem"))
    return (*own, *settings.trust_roots)


def _open(key: KeySettings, name: str, roots: tuple[Path, ...]) -> Signatory:
    password = read_secret(key.password, key.password_file, f"{name}.password")
    return open_pkcs12(key.file, password, chain_file=key.chain_file, trust_roots=roots)


def read_secret(direct: SecretStr | None, file: Path | None, name: str) -> str:
    """A secret from the environment, or the first line of a file.

    Raises:
        KeyUnavailable: neither is set, or the file cannot be read.
    """
    if direct is not None:
        return direct.get_secret_value()
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise KeyUnavailable(key=str(file), detail=str(error.strerror)) from error
    raise KeyUnavailable(key=name, detail="chưa đặt / not set")
