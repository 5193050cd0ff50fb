"""The act of signing, as the audit trail keeps it: who, when, which hash, from where."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from pathlib import Path

from flows.services import Services


def record_acts(
    services: Services,
    target: str,
    presented_sha256: str,
    signed_sha256: str,
    document_type: str | None = None,
) -> None:
    """One entry for each signature of a chain; the trail adds the moment and its own hash.

    Args:
        services: for the ledger and who signs.
        target: the document, by its code or its hash.
        presented_sha256: of the file that was put before the signatories.
        signed_sha256: of the file that carries their signatures.
        document_type: code of the type, which decides the chain.
    """
    for role, who in services.signatories.signing(document_type):
        services.ledger.audit.append(
            who.name,
            "document.signed",
            target,
            role=role,
            certificate=who.fingerprint,
            key=who.kind,
            presented=presented_sha256,
            signed=signed_sha256,
            host=socket.gethostname(),
            user=_user(),
            command=_command(),
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's number without a name
        return str(os.getuid())


def _command() -> str:
    """The program and its command, without the files it was given."""
    words = [word for word in sys.argv[1:2] if not word.startswith("-") and "/" not in word]
    return " ".join([Path(sys.argv[0]).name, *words])
