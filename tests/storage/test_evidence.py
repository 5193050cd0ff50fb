"""Trees and their time stamps in the ledger, on either database."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from dossiers.errors import NotFound
from storage.audit import AuditHead
from storage.evidence import Evidence, Leaf, Stamp, TreeKind, TreeRecord
from storage.ledger import Ledger, open_ledger
from storage.objects import ObjectStore
from storage.objects.keys import anchor_key, anchor_of, leaves_key, time_stamp_key
from tests.storage.conftest import as_before

NOW = dt.datetime(2026, 11, 24, 18, 30, tzinfo=dt.UTC)
STAMP = Stamp(b"token", NOW, NOW + dt.timedelta(days=3650), "Authority")


def leaf(number: int, key: str | None = None) -> Leaf:
    digest = hashlib.sha256(b"%d" % number).digest()
    return Leaf(digest, digest.hex(), key or f"originals/{number}")


def plan(evidence: Evidence, kind: TreeKind, leaves: list[Leaf], *covers: str) -> TreeRecord:
    root = hashlib.sha256(b"".join(leaf.hash for leaf in leaves)).digest()
    return evidence.plan(kind, "sha256", root, leaves, "0" * 64, NOW, covers)


def test_a_tree_is_planned_once_and_stamped_once(ledger: Ledger) -> None:
    evidence = ledger.evidence
    leaves = [leaf(number) for number in range(3)]
    tree = plan(evidence, TreeKind.OBJECTS, leaves)
    assert plan(evidence, TreeKind.OBJECTS, leaves) == tree
    assert evidence.planned() == [tree]
    assert evidence.heads() == []
    evidence.record_stamp(tree.root, STAMP)
    evidence.record_stamp(tree.root, Stamp(b"later", NOW, NOW, "Other"))
    assert evidence.tree(tree.root).stamp == STAMP
    assert evidence.planned() == []
    assert [head.root for head in evidence.heads()] == [tree.root]
    assert evidence.leaves(tree.root) == sorted(leaves, key=lambda each: each.hash)
    assert evidence.origin(leaves[1].item)[1] == leaves[1]
    token = hashlib.sha256(b"token").hexdigest()
    assert evidence.stored_objects() == [
        (leaves_key(tree.root), "0" * 64),
        (time_stamp_key(tree.root), token),
    ]
    with pytest.raises(NotFound):
        evidence.origin("0" * 64)
    with pytest.raises(NotFound):
        evidence.tree("0" * 64)


def test_what_renews_a_tree_takes_its_place_as_head(ledger: Ledger) -> None:
    evidence = ledger.evidence
    roots = []
    for number in range(2):
        tree = plan(evidence, TreeKind.OBJECTS, [leaf(number)])
        evidence.record_stamp(tree.root, STAMP)
        roots.append(tree.root)
    tokens = [Leaf(hashlib.sha256(root.encode()).digest(), root, root) for root in roots]
    renewal = plan(evidence, TreeKind.TIME_STAMPS, tokens, *roots)
    assert evidence.heads() == []
    assert [evidence.tree(root).renewed_by for root in roots] == [renewal.root] * 2
    evidence.record_stamp(renewal.root, STAMP)
    assert [head.root for head in evidence.heads()] == [renewal.root]
    counts = evidence.counts()
    assert (counts.proved, counts.planned, counts.trees, counts.time_stamps) == (2, 0, 3, 3)


def test_heads_of_the_audit_trail_are_kept_as_anchors(ledger: Ledger) -> None:
    assert ledger.evidence.last_anchor_at() is None
    head = ledger.audit.append("test", "something.done", "x")
    key = anchor_key(head.seq, head.hash)
    assert anchor_of(key) == (head.seq, head.hash)
    plan(ledger.evidence, TreeKind.OBJECTS, [leaf(1), leaf(2, key)])
    assert ledger.evidence.anchors() == [head]
    assert ledger.evidence.last_anchor_at() == NOW
    assert (key, leaf(2).item) in ledger.evidence.stored_objects()
    ledger.audit.append("test", "something.else", "x")
    assert ledger.audit.verify(*ledger.evidence.anchors()).ok
    forged = AuditHead(head.seq, "0" * 64)
    assert ledger.audit.verify(head, forged).first_bad == head.seq
    beyond = ledger.audit.verify(head, AuditHead(9, "0" * 64))
    assert beyond.first_bad == 3
    assert beyond.reason == "the trail ends before entry 9, which was kept"


def test_a_ledger_of_before_gets_the_tables(ledger_url: str) -> None:
    evidence = "evidence_anchors", "evidence_leaves", "evidence_trees"
    register = "certified_versions", "certified_copies", "register_entries"
    as_before(ledger_url, *evidence, *register, "preservation", revision="0001")
    with open_ledger(ledger_url) as ledger:
        assert ledger.evidence.trees() == []


def test_keys_are_listed_by_prefix(store: ObjectStore, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    for key in ("evidence/aa/1/leaves.txt", "evidence/bb/2/time-stamp.tst", "originals/aa"):
        store.put_file(key, file, content_type="text/plain")
    assert sorted(store.keys("evidence/")) == [
        "evidence/aa/1/leaves.txt",
        "evidence/bb/2/time-stamp.tst",
    ]
    assert list(store.keys("nothing/")) == []
