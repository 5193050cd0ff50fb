"""Who asks: every read needs a key with the right scope, and every read is in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from extractors.reuse.forms import Form
from extractors.types import DocumentTypes
from portal.problems import AccessDenied, ScopeMissing
from storage.access import ApiKey, Scope
from storage.ledger import Ledger
from storage.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the routes work with, opened when the application starts."""

    ledger: Ledger
    store: ObjectStore
    types: DocumentTypes
    forms: Mapping[str, Form]


_bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="`sohoa keys create`")


def rooms(request: Request) -> Rooms:
    """The rooms of the running application."""
    opened: Rooms = request.app.state.rooms
    return opened


@dataclass(frozen=True, slots=True)
class Reader:
    """A caller whose key opens what it asks for."""

    key: ApiKey
    rooms: Rooms

    @property
    def actor(self) -> str:
        """What the audit trail calls the caller."""
        return f"key:{self.key.id}"

    def record(self, action: str, target: str, **details: str | int) -> None:
        """Write a read into the audit trail, before anything is sent."""
        self.rooms.ledger.audit.append(self.actor, action, target, **details)


def reader_with(scope: Scope) -> Callable[..., Reader]:
    """A dependency that lets only keys with a scope through."""
    return readers_with(scope)


def readers_with(*scopes: Scope) -> Callable[..., Reader]:
    """A dependency that lets only keys with all of these scopes through."""

    def authenticated(
        request: Request,
        opened: Annotated[Rooms, Depends(rooms)],
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Reader:
        key = opened.ledger.keys.authenticate(credentials.credentials) if credentials else None
        if key is None:
            raise AccessDenied
        reader = Reader(key, opened)
        for scope in scopes:
            if scope not in key.scopes:
                reader.record("access.refused", request.url.path, scope=scope.value)
                raise ScopeMissing(scope=scope.value)
        return reader

    return authenticated


CopyReader = Annotated[Reader, Depends(reader_with(Scope.COPIES))]
FieldReader = Annotated[Reader, Depends(reader_with(Scope.FIELDS))]
SubjectReader = Annotated[Reader, Depends(reader_with(Scope.SUBJECTS))]
Searcher = Annotated[Reader, Depends(reader_with(Scope.SEARCH))]
