"""The ledger's part of the evidence, made again from the object store alone."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from dossiers.errors import IntegrityFailure, NotFound
from flows.services import Services
from signing.evidence.hash_tree import HashTree
from signing.evidence.stamping import check_stamp
from storage.evidence import Leaf, Stamp, TreeKind
from storage.objects.keys import EVIDENCE, time_stamp_key


@dataclass(frozen=True, slots=True)
class _Listed:
    """A tree as its list of leaves tells it."""

    key: str
    root: str
    kind: TreeKind
    algorithm: str
    planned_at: dt.datetime
    covers: tuple[str, ...]
    leaves: tuple[tuple[str, str], ...]
    sha256: str


def rebuild_evidence(services: Services) -> int:
    """Record every tree and time stamp that lies in the store; how many trees there are.

    What the ledger knows already stays as it is.

    Raises:
        IntegrityFailure: a list of leaves does not lead to the root it is named by.
        EvidenceStampFailed: a time stamp is not over its root, or was not good when it was made.
    """
    known: set[str] = set()
    items: dict[str, str] = {}
    pending = list(_listed(services))
    count = len(pending)
    while pending:
        ready = [tree for tree in pending if known.issuperset(tree.covers)]
        if not ready:
            raise IntegrityFailure(key=pending[0].key, detail="renews a tree that is missing")
        for tree in sorted(ready, key=lambda each: each.planned_at):
            _record(services, tree, items)
            known.add(tree.root)
        pending = [tree for tree in pending if tree.root not in known]
    return count


def _listed(services: Services) -> Iterator[_Listed]:
    for key in services.store.keys(EVIDENCE):
        if not key.endswith("/leaves.txt"):
            continue
        content = b"".join(services.store.open(key))
        try:
            yield _parse(key, content)
        except (ValueError, KeyError) as error:
            raise IntegrityFailure(key=key, detail=f"not a list of leaves: {error}") from error


def _parse(key: str, content: bytes) -> _Listed:
    remarks: dict[str, str] = {}
    covers, leaves = [], []
    for line in content.decode().splitlines():
        if line.startswith("# "):
            name, _, value = line[2:].partition(" ")
            if name == "renews":
                covers.append(value)
            remarks[name] = value
        else:
            leaf, _, name = line.partition("  ")
            leaves.append((leaf, name))
    if not content.endswith(b"\n"):
        raise ValueError("cut short")
    root, algorithm = key.split("/")[-2], remarks["algorithm"]
    tree = HashTree((bytes.fromhex(leaf) for leaf, _ in leaves), algorithm)
    if tree.root.hex() != root:
        raise ValueError("its leaves lead to another root")
    return _Listed(
        key,
        root,
        TreeKind(remarks["kind"]),
        algorithm,
        dt.datetime.fromisoformat(remarks["planned"]),
        tuple(covers),
        tuple(leaves),
        hashlib.sha256(content).hexdigest(),
    )


def _record(services: Services, tree: _Listed, items: dict[str, str]) -> None:
    leaves = [
        Leaf(bytes.fromhex(leaf), _item(services, tree, leaf, key, items), key)
        for leaf, key in tree.leaves
    ]
    evidence = services.ledger.evidence
    root = bytes.fromhex(tree.root)
    evidence.plan(
        tree.kind, tree.algorithm, root, leaves, tree.sha256, tree.planned_at, tree.covers
    )
    try:
        token = b"".join(services.store.open(time_stamp_key(tree.root)))
    except NotFound:
        return
    stamped = check_stamp(services.time_stamps.trust_roots, root, tree.algorithm, token)
    stamp = Stamp(stamped.token, stamped.at, stamped.valid_until, stamped.authority)
    evidence.record_stamp(tree.root, stamp)


def _item(services: Services, tree: _Listed, leaf: str, key: str, items: dict[str, str]) -> str:
    """Whose a leaf is: see :class:`storage.evidence.Leaf`."""
    if tree.kind is TreeKind.TIME_STAMPS:
        return key.split("/")[-2]
    if tree.algorithm == "sha256" and tree.kind is TreeKind.OBJECTS:
        items[key] = leaf
    elif key not in items:
        digest = hashlib.sha256()
        for chunk in services.store.open(key):
            digest.update(chunk)
        items[key] = digest.hexdigest()
    return items[key]
