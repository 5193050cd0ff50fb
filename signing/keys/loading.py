"""From the settings to those who sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from dossiers.dossier import Agency, SigningRole
from dossiers.errors import KeyUnavailable
from dossiers.settings import Pkcs11KeySettings, Pkcs12KeySettings, SigningSettings
from signing import test_pki
from signing.keys.pkcs12 import open_pkcs12
from signing.keys.signatory import Signatories, Signatory

if TYPE_CHECKING:
    from signing.keys.token import Token


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
    tokens: dict[tuple[Path, str | None, str | None], Token] = {}

    def release() -> None:
        for token in tokens.values():
            token.close()

    try:
        people = {
            role: _open(key, f"signing.{role}", settings.trust_roots, pki_folder, tokens)
            for role, key in settings.keys.items()
        }
    except BaseException:
        release()
        raise
    return Signatories(
        people,
        settings.trust_roots,
        test=False,
        chain=settings.chain,
        chains=dict(settings.chains),
        release=release,
    )


def trust_roots(settings: SigningSettings, pki_folder: Path) -> tuple[Path, ...]:
    """The roots trusted when verifying; making no PKI where there is none."""
    own = [] if settings.keys else sorted(pki_folder.glob("*/root.pem"))
    return (*own, *settings.trust_roots)


def _open(
    key: Pkcs12KeySettings | Pkcs11KeySettings,
    name: str,
    roots: tuple[Path, ...],
    pki_folder: Path,
    tokens: dict[tuple[Path, str | None, str | None], Token],
) -> Signatory:
    """One key of the settings; keys on the same token share its one session."""
    if isinstance(key, Pkcs12KeySettings):
        password = read_secret(key.password, key.password_file, f"{name}.password")
        return open_pkcs12(key.file, password, chain_file=key.chain_file, trust_roots=roots)
    # Loaded only where there are tokens: a PKCS#12 file needs no module of the system.
    from signing.keys.pkcs11 import KeyOnToken, open_pkcs11
    from signing.keys.token import Token

    place = (key.module, key.token_label, key.token_serial)
    if place not in tokens:
        tokens[place] = Token(
            *place,
            pin=lambda: _pin(key, name),
            state=pki_folder / "tokens",
            wait=key.wait_seconds,
            patience=key.patience_seconds,
        )
    wanted = KeyOnToken(key.label, key.id)
    return open_pkcs11(tokens[place], wanted, chain_file=key.chain_file, trust_roots=roots)


def _pin(key: Pkcs11KeySettings, name: str) -> SecretStr | None:
    """The PIN as it is set at this moment; none for a token with a PIN pad."""
    if key.pin is None and key.pin_file is None:
        return None
    return SecretStr(read_secret(key.pin, key.pin_file, f"{name}.pin"))


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
