"""Keys: who signs, with what, checked before anything is written.

Whatever holds the private key (a file, a token, a service far away) stands behind one protocol,
:class:`signing.keys.signatory.Signatory`: pyHanko's ``Signer`` with its certificate, its chain and the
digest that goes with its kind of key.
"""

from __future__ import annotations

from signing.keys.loading import load_signatories, trust_roots, try_keys
from signing.keys.pkcs12 import HeldKeySigner, open_pkcs12
from signing.keys.signatory import KeyKind, Signatories, Signatory

__all__ = [
    "HeldKeySigner",
    "KeyKind",
    "Signatories",
    "Signatory",
    "load_signatories",
    "open_pkcs12",
    "trust_roots",
    "try_keys",
]
