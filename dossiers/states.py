"""States of files, documents and dossiers, and the moves allowed between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from dossiers.errors import IllegalMove


class IntakeState(StrEnum):
    """Where a file from an intake folder stands; ``SECURED`` means durable and recorded."""

    CLAIMED = "claimed"
    SECURED = "secured"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class DocumentState(StrEnum):
    """The road of a document to its electronic copy."""

    RECEIVED = "received"
    READ = "read"
    SIGNED = "signed"
    STORED = "stored"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class DossierState(StrEnum):
    """The road of a dossier, derived from its documents."""

    RECEIVED = "received"
    DIGITISING = "digitising"
    DIGITISED = "digitised"
    INCOMPLETE = "incomplete"


INTAKE_MOVES: Mapping[IntakeState, frozenset[IntakeState]] = {
    IntakeState.CLAIMED: frozenset(
        {IntakeState.SECURED, IntakeState.DUPLICATE, IntakeState.REJECTED}
    ),
    IntakeState.SECURED: frozenset(
        {IntakeState.ACCEPTED, IntakeState.DUPLICATE, IntakeState.REJECTED}
    ),
    IntakeState.ACCEPTED: frozenset(),
    IntakeState.DUPLICATE: frozenset(),
    IntakeState.REJECTED: frozenset(),
}

DOCUMENT_MOVES: Mapping[DocumentState, frozenset[DocumentState]] = {
    DocumentState.RECEIVED: frozenset(
        {DocumentState.READ, DocumentState.FAILED, DocumentState.SUPERSEDED}
    ),
    DocumentState.READ: frozenset(
        {
            DocumentState.RECEIVED,
            DocumentState.SIGNED,
            DocumentState.FAILED,
            DocumentState.SUPERSEDED,
        }
    ),
    # A run killed between signing and recording is repeated from the reading.
    DocumentState.SIGNED: frozenset(
        {DocumentState.READ, DocumentState.STORED, DocumentState.FAILED}
    ),
    # A person has corrected which pages it is, or what stands on them: its next copy is a new version.
    DocumentState.STORED: frozenset(
        {DocumentState.RECEIVED, DocumentState.READ, DocumentState.SUPERSEDED}
    ),
    # A failed document is tried again from its beginning: every step is repeatable.
    DocumentState.FAILED: frozenset({DocumentState.RECEIVED, DocumentState.SUPERSEDED}),
    # Joined to another one, and parted from it again.
    DocumentState.SUPERSEDED: frozenset({DocumentState.RECEIVED}),
}

DOSSIER_MOVES: Mapping[DossierState, frozenset[DossierState]] = {
    DossierState.RECEIVED: frozenset({DossierState.DIGITISING}),
    DossierState.DIGITISING: frozenset({DossierState.DIGITISED, DossierState.INCOMPLETE}),
    # Papers handed in later reopen a dossier.
    DossierState.DIGITISED: frozenset({DossierState.DIGITISING}),
    DossierState.INCOMPLETE: frozenset({DossierState.DIGITISING}),
}


S = TypeVar("S", bound=StrEnum)


def check_move(moves: Mapping[S, frozenset[S]], source: S, target: S) -> None:
    """Pass silently when the move is allowed, or is none at all (a step run again).

    Raises:
        IllegalMove: the table does not have it.
    """
    if source != target and target not in moves[source]:
        raise IllegalMove(source=source.value, target=target.value)
