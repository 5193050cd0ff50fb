"""From the settings to those who sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from dossiers.dossier import Agency, SigningRole
from dossiers.errors import KeyUnavailable, SohoaError
from dossiers.settings import (
    CscKeySettings,
    Pkcs11KeySettings,
    Pkcs12KeySettings,
    SigningSettings,
)
from signing import test_pki
from signing.keys.pkcs12 import open_pkcs12
from signing.keys.signatory import Signatories, Signatory

if TYPE_CHECKING:
    from signing.keys.factors import Ask, Question
    from signing.keys.token import Token


def load_signatories(
    settings: SigningSettings, pki_folder: Path, agency: Agency, ask: Ask | None = None
) -> Signatories:
    """The signatories set, or those of the test PKI where none are.

    ``ask`` asks a person at a keyboard, where there is one, for the one-time passwords of services.

    Raises:
        KeyUnavailable: a file, password, key or certificate does not do, or a chain names a role
            that nobody fills.
        PinRefused, TokenBusy, TokenUnavailable: a token cannot be opened.
        RemoteSigningRefused, RemoteSigningUnavailable: a service does not tell of a key.
    """
    if not settings.keys:
        people, roots = _test_people(settings, pki_folder, agency)
        return Signatories(
            people, roots, test=True, chain=settings.chain, chains=dict(settings.chains)
        )
    for role in settings.roles_needed:
        if role not in settings.keys:
            raise KeyUnavailable(key=f"signing.{role}", detail="chưa đặt / not set")
    opening = _Opening(pki_folder / "tokens", settings.trust_roots, ask)
    try:
        people = {role: opening.open(role, key) for role, key in settings.keys.items()}
    except BaseException:
        opening.release()
        raise
    return Signatories(
        people,
        settings.trust_roots,
        test=False,
        chain=settings.chain,
        chains=dict(settings.chains),
        release=opening.release,
    )


def try_keys(
    settings: SigningSettings, pki_folder: Path, agency: Agency
) -> dict[SigningRole, Signatory | SohoaError]:
    """Every role that is set or needed, with who fills it or why nobody does; for a look only.

    Tokens are let go again, and nobody is asked for consent.
    """
    if not settings.keys:
        return dict(_test_people(settings, pki_folder, agency)[0])
    opening = _Opening(pki_folder / "tokens", settings.trust_roots, _nobody_yet)
    found: dict[SigningRole, Signatory | SohoaError] = {}
    try:
        for role in SigningRole:
            try:
                if role in settings.keys:
                    found[role] = opening.open(role, settings.keys[role])
                elif role in settings.roles_needed:
                    raise KeyUnavailable(key=f"signing.{role}", detail="chưa đặt / not set")
            except SohoaError as error:
                found[role] = error
    finally:
        opening.release()
    return found


def _test_people(
    settings: SigningSettings, pki_folder: Path, agency: Agency
) -> tuple[dict[SigningRole, Signatory], tuple[Path, ...]]:
    """Everyone of the test PKI, and its roots, those of its past among them."""
    pki = test_pki.ensure(pki_folder, agency.name)
    people = {
        SigningRole.OFFICER: open_pkcs12(pki.officer, pki.password),
        SigningRole.AUTHORITY: open_pkcs12(pki.authority, pki.password),
        SigningRole.AGENCY: open_pkcs12(pki.agency, pki.password),
    }
    roots = (pki.root, *sorted(pki_folder.glob("expired-*/root.pem")), *settings.trust_roots)
    return people, roots


def trust_roots(settings: SigningSettings, pki_folder: Path) -> tuple[Path, ...]:
    """The roots trusted when verifying; making no PKI where there is none."""
    own = [] if settings.keys else sorted(pki_folder.glob("*/root.pem"))
    return (*own, *settings.trust_roots)


class _Opening:
    """Opens keys of every kind; keys on the same token share its one session."""

    def __init__(self, state: Path, roots: tuple[Path, ...], ask: Ask | None) -> None:
        self._state, self._roots, self._ask = state, roots, ask
        self._tokens: dict[tuple[Path, str | None, str | None], Token] = {}

    def open(
        self, role: SigningRole, key: Pkcs12KeySettings | Pkcs11KeySettings | CscKeySettings
    ) -> Signatory:
        """One key of the settings."""
        name = f"signing.{role}"
        if isinstance(key, Pkcs11KeySettings):
            return self._on_token(name, key)
        if isinstance(key, CscKeySettings):
            return self._at_service(role, key)
        password = read_secret(key.password, key.password_file, f"{name}.password")
        return open_pkcs12(key.file, password, chain_file=key.chain_file, trust_roots=self._roots)

    def release(self) -> None:
        """Close the sessions at tokens."""
        for token in self._tokens.values():
            token.close()

    # The rooms of tokens and services are entered only where there are such keys: a PKCS#12 file
    # needs neither a module of the system nor HTTP.

    def _on_token(self, name: str, key: Pkcs11KeySettings) -> Signatory:
        from signing.keys.pkcs11 import KeyOnToken, open_pkcs11
        from signing.keys.token import Token

        place = (key.module, key.token_label, key.token_serial)
        if place not in self._tokens:
            self._tokens[place] = Token(
                *place,
                pin=lambda: _optional(key.pin, key.pin_file, f"{name}.pin"),
                state=self._state,
                wait=key.wait_seconds,
                patience=key.patience_seconds,
            )
        return open_pkcs11(
            self._tokens[place],
            KeyOnToken(key.label, key.id),
            chain_file=key.chain_file,
            trust_roots=self._roots,
        )

    def _at_service(self, role: SigningRole, key: CscKeySettings) -> Signatory:
        from signing.keys.csc import open_csc
        from signing.keys.csc_service import CscService, http_client
        from signing.keys.oauth import AccessTokens

        name = f"signing.{role}"
        http = http_client(key.timeout_seconds, key.ca_file)
        tokens = AccessTokens(
            http,
            key.token_url or f"{key.url.rstrip('/')}/oauth2/token",
            key.client_id,
            lambda: _optional(key.client_secret, key.client_secret_file, f"{name}.client_secret"),
            key.refresh_token_file,
        )
        return open_csc(
            CscService(key.url, http, tokens, key.approval_seconds),
            key.credential,
            lambda: _optional(key.pin, key.pin_file, f"{name}.pin"),
            self._state,
            most_at_once=key.most_at_once,
            place=list(SigningRole).index(role),
            chain_file=key.chain_file,
            trust_roots=self._roots,
            ask=self._ask,
        )


def _nobody_yet(_: Question) -> None:
    """Who looks at keys does not sign with them."""


def _optional(direct: SecretStr | None, file: Path | None, name: str) -> SecretStr | None:
    """A secret as it is set at this moment, if it is."""
    if direct is None and file is None:
        return None
    return SecretStr(read_secret(direct, file, name))


def read_secret(direct: SecretStr | None, file: Path | None, name: str) -> str:
    """A secret as it is set, or the text of a file without its last line break.

    Raises:
        KeyUnavailable: neither is set, or the file cannot be read as text.
    """
    if direct is not None:
        return direct.get_secret_value()
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise KeyUnavailable(key=str(file), detail=str(error.strerror)) from error
        except UnicodeDecodeError:  # would quote the secret's bytes
            raise KeyUnavailable(key=str(file), detail="không phải UTF-8 / not UTF-8") from None
    raise KeyUnavailable(key=name, detail="chưa đặt / not set")
