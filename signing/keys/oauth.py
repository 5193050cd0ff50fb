"""Access tokens of a remote signing service (RFC 6749; CSC API 1.0.4.0, 8.3; 2.0.0.2, 8.4)."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from dossiers.errors import KeyUnavailable, RemoteSigningRefused, RemoteSigningUnavailable
from signing.keys.locking import alone

# Renewed so many seconds before the service says it ends.
_MARGIN = 30.0
_USUAL_LIFETIME = 3600.0


class AccessTokens:
    """The bearer token for scope ``service``, fetched when needed and kept while it is good.

    Args:
        http: the client; its time-outs count.
        url: of the token endpoint.
        client_id: of this installation, as registered with the service.
        client_secret: read when it is needed; ``None`` for a public client.
        refresh_token_file: the token of an authorisation that a person gave once (grant
            ``refresh_token``, RFC 6749, 6); without it the grant is ``client_credentials`` (4.4).
    """

    def __init__(
        self,
        http: httpx.Client,
        url: str,
        client_id: str,
        client_secret: Callable[[], SecretStr | None],
        refresh_token_file: Path | None,
    ) -> None:
        self._http, self._url = http, url
        self._client_id, self._client_secret = client_id, client_secret
        self._file = refresh_token_file
        self._turn = threading.Lock()
        self._token: SecretStr | None = None
        self._ends = 0.0

    def bearer(self) -> str:
        """Value of the ``Authorization`` header.

        Raises:
            RemoteSigningUnavailable: the endpoint does not answer.
            RemoteSigningRefused: client, secret or refresh token are not accepted.
        """
        with self._turn:
            if self._token is None or time.monotonic() > self._ends:
                self._fetch_alone()
            token = self._token.get_secret_value() if self._token else ""
        return f"Bearer {token}"

    def forget(self) -> None:
        """The service did not accept the token: fetch another one next time."""
        with self._turn:
            self._token = None

    def _fetch_alone(self) -> None:
        if self._file is None:
            self._fetch()
            return
        # A refresh token is good for one use: the next process must find the one after it.
        try:
            with alone(self._file.with_name(f".{self._file.name}.lock")):
                self._fetch()
        except OSError as error:
            raise KeyUnavailable(key=str(self._file), detail=str(error.strerror)) from error

    def _fetch(self) -> None:
        form = {"client_id": self._client_id}
        secret = self._client_secret()
        if secret is not None:
            form["client_secret"] = secret.get_secret_value()
        if self._file is None:
            form |= {"grant_type": "client_credentials", "scope": "service"}
        else:
            form |= {"grant_type": "refresh_token", "refresh_token": _read(self._file)}
        host = httpx.URL(self._url).host
        try:
            answer = self._http.post(self._url, data=form)
        except httpx.HTTPError as error:
            raise RemoteSigningUnavailable(service=host, detail=type(error).__name__) from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise RemoteSigningUnavailable(service=host, detail=f"HTTP {answer.status_code}")
        content = _json(answer)
        if answer.status_code != 200 or "access_token" not in content:
            reason = content.get("error", f"HTTP {answer.status_code}")
            detail = f"không cấp quyền truy cập / no access token: {reason}"
            raise RemoteSigningRefused(service=host, detail=detail)
        self._token = SecretStr(str(content["access_token"]))
        lifetime = float(content.get("expires_in") or _USUAL_LIFETIME)
        self._ends = time.monotonic() + max(lifetime - _MARGIN, lifetime / 2)
        if self._file is not None and content.get("refresh_token"):
            # RFC 6749, 6: the old one must be discarded when a new one is given.
            _replace(self._file, str(content["refresh_token"]))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise KeyUnavailable(key=str(file), detail=str(error.strerror)) from error


def _replace(file: Path, token: str) -> None:
    partial = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(token + "\n")
        target.flush()
        os.fsync(target.fileno())
    partial.replace(file)
