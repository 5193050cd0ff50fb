"""API keys: who may fetch what. Tokens are shown once and kept only as a hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, insert, select, update

from dossiers.errors import NotFound
from storage import tables
from storage.database import Database

_T = tables.api_keys
_PREFIX = "sohoa_"


class Scope(StrEnum):
    """What a key opens."""

    COPIES = "copies:read"
    FIELDS = "fields:read"
    SUBJECTS = "subjects:read"
    SEARCH = "search:read"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its token."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None

    @property
    def usable(self) -> bool:
        """Neither revoked nor expired."""
        now = dt.datetime.now(dt.UTC)
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class ApiKeys:
    """Makes, checks and revokes keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, scopes: Collection[Scope], expires_at: dt.datetime | None = None
    ) -> tuple[ApiKey, str]:
        """A new key and its token, which cannot be shown again."""
        # 256 random bits need no slow hash: there is nothing to guess.
        token = _PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(
            secrets.token_hex(6),
            name,
            frozenset(scopes),
            dt.datetime.now(dt.UTC),
            expires_at,
            None,
        )
        with self._database.writing() as connection:
            connection.execute(
                insert(_T).values(
                    id=key.id,
                    name=name,
                    token_sha256=_hash(token),
                    scopes=sorted(key.scopes),
                    created_at=key.created_at,
                    expires_at=expires_at,
                )
            )
        return key, token

    def authenticate(self, token: str) -> ApiKey | None:
        """The usable key of a token; looked up by hash, so timing tells nothing of the token."""
        query = select(_T).where(_T.c.token_sha256 == _hash(token))
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        key = _key(row) if row else None
        return key if key and key.usable else None

    def revoke(self, key_id: str) -> None:
        """End a key.

        Raises:
            NotFound: no such key.
        """
        with self._database.writing() as connection:
            done = connection.execute(
                update(_T)
                .where(_T.c.id == key_id, _T.c.revoked_at.is_(None))
                .values(revoked_at=dt.datetime.now(dt.UTC))
            )
        if done.rowcount == 0:
            raise NotFound(kind="key", value=key_id)

    def list(self) -> list[ApiKey]:
        """All keys, oldest first."""
        with self._database.reading() as connection:
            return [_key(row) for row in connection.execute(select(_T).order_by(_T.c.created_at))]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    return ApiKey(row.id, row.name, scopes, row.created_at, row.expires_at, row.revoked_at)
