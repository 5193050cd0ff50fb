"""Hash trees by RFC 4998, 4.2: built over any number of hashes, reduced to the path of one.

Nodes of a level are taken in pairs; a pair's hashes are sorted in binary order, concatenated and
hashed. A node without a partner rises to the next level as it is: nothing is invented to fill a
level, and no list of a reduced tree holds a single hash (implementations differ over whether such a
list is hashed again).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

# What a record may rest on (TT 15/2025/TT-BKHCN; ETSI TS 119 312 recommends the same for long term).
ALGORITHMS = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")

ReducedTree = tuple[tuple[bytes, ...], ...]


class HashTree:
    """The tree over a set of hashes; what was built is kept until the object goes.

    ``leaves`` are in binary order and without repetition, so the same hashes always make the same
    tree: a tree is kept by keeping its leaves.
    """

    def __init__(self, leaves: Iterable[bytes], algorithm: str) -> None:
        if algorithm not in ALGORITHMS:
            raise ValueError(f"not an algorithm for evidence: {algorithm!r}")
        self.algorithm = algorithm
        self.leaves = sorted(set(leaves))
        size = hashlib.new(algorithm).digest_size
        if not self.leaves or any(len(leaf) != size for leaf in self.leaves):
            raise ValueError(f"a tree needs hashes of {size} bytes, one at least")

    @cached_property
    def _levels(self) -> list[list[bytes]]:
        new = getattr(hashlib, self.algorithm)
        levels = [self.leaves]
        while len(below := levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            level = [new(a + b if a < b else b + a).digest() for a, b in pairs]
            if len(below) % 2:
                level.append(below[-1])
            levels.append(level)
        return levels

    @property
    def root(self) -> bytes:
        """What is time-stamped; of a single leaf, the leaf itself."""
        return self._levels[-1][0]

    def reduced(self, leaf: bytes) -> ReducedTree:
        """The hashes that lead from ``leaf`` to the root (RFC 4998, 4.2).

        One list a level, each sorted; the first holds ``leaf``. Empty for a tree of one leaf.

        Raises:
            KeyError: the tree does not hold the leaf.
        """
        index = bisect_left(self.leaves, leaf)
        if index == len(self.leaves) or self.leaves[index] != leaf:
            raise KeyError(leaf.hex())
        lists: list[tuple[bytes, ...]] = []
        for level in self._levels[:-1]:
            partner = index ^ 1
            if partner < len(level):
                own = [level[index]] if not lists else []  # later nodes are computed, not kept
                lists.append(tuple(sorted([*own, level[partner]])))
            index //= 2
        return tuple(lists)


def climb(value: bytes, reduced: ReducedTree, algorithm: str) -> bytes | None:
    """The root that ``value`` leads to (RFC 4998, 4.3, steps 2 and 3), or ``None``.

    ``None`` means that the first list does not hold the value. Lists of other implementations may
    be of any length; of a list of one hash, that hash is the node.
    """
    if not reduced:
        return value
    if value not in reduced[0]:
        return None
    node: bytes | None = None
    for hashes in reduced:
        members = list(hashes)
        if node is not None and node not in members:
            members.append(node)
        if not members:
            return None
        node = (
            members[0]
            if len(members) == 1
            else hashlib.new(algorithm, b"".join(sorted(members))).digest()
        )
    return node


def digest(content: bytes, algorithm: str) -> bytes:
    """The hash of some bytes."""
    return hashlib.new(algorithm, content).digest()


def digest_file(path: Path, algorithm: str) -> bytes:
    """The hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).digest()
