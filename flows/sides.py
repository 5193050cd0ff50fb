"""Front and back of a card scanned as two files: two documents that know each other.

Originals are write-once and each has its own signed copy, so nothing is merged; who fetches one is
told of the other. Only the same number, read on both, joins them.
"""

from __future__ import annotations

from itertools import combinations

from dossiers.parts import CardSide
from dossiers.states import DocumentState
from extractors.card_sides import IDENTITY_CARD, CardSight, card_sight
from extractors.rows import rows_of
from flows.page_readings import pages_of
from flows.services import Services
from storage.documents import DocumentRecord


def join_sides(services: Services, dossier_code: str) -> None:
    """Find the identity cards of a dossier whose sides are documents of their own, and record them."""
    cards = [
        doc
        for doc in services.ledger.documents.of_dossier(dossier_code)
        if doc.state is not DocumentState.SUPERSEDED and doc.type_code == IDENTITY_CARD
    ]
    if len(cards) < 2:
        return
    seen = [(doc, sight) for doc in cards if (sight := _one_side(services, doc))]
    for (doc, sight), (other, its) in combinations(seen, 2):
        if sight.number == its.number and not sight.sides & its.sides:
            sides: dict[str, CardSide] = {
                doc.code: next(iter(sight.sides)),
                other.code: next(iter(its.sides)),
            }
            services.ledger.divisions.join_sides(doc.code, other.code, sides)


def _one_side(services: Services, doc: DocumentRecord) -> CardSight | None:
    """The side that a document shows, if it is one side only and says whose."""
    pages = pages_of(services, doc.original_sha256, doc.pages)
    sights = [sight for page in pages if (sight := card_sight(page, rows_of([page])))]
    sides = frozenset(side for sight in sights for side in sight.sides)
    numbers = {sight.number for sight in sights if sight.number}
    if len(sides) != 1 or len(numbers) != 1:
        return None
    return CardSight(IDENTITY_CARD, sides, numbers.pop())
