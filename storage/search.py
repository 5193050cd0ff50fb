"""Full-text search: exact where the query has diacritics, forgiving where it has none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from dossiers.text import fold, has_diacritics, nfc
from storage.database import Database

_TERM = re.compile(r"\w+", re.UNICODE)
_AROUND = 60


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A document found, and the passage around the words, marked by ``[ ]``."""

    document_code: str
    snippet: str


class SearchIndex:
    """One row of text for each document; can be rebuilt from the readings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, document_code: str, content: str) -> None:
        """Index, or index again, a document's text."""
        plain = " ".join(nfc(content).split())
        row = {"code": document_code, "text": plain, "exact": plain.lower(), "folded": fold(plain)}
        if self._database.sqlite:
            insert = (
                "INSERT INTO search_index(document_code, exact, folded)"
                " VALUES (:code, :text, :folded)"
            )
        else:
            insert = (
                "INSERT INTO search_index(document_code, text, exact, folded) VALUES (:code, :text,"
                " to_tsvector('simple', :exact), to_tsvector('simple', :folded))"
            )
        with self._database.writing() as connection:
            connection.execute(text("DELETE FROM search_index WHERE document_code = :code"), row)
            connection.execute(text(insert), row)

    def find(self, query: str, limit: int = 50) -> list[SearchHit]:
        """Documents that hold all words of the query, best first.

        Words are taken as they are: no character of the query is an operator.
        """
        exact = has_diacritics(query)
        terms = _TERM.findall(nfc(query).lower() if exact else fold(query))
        if not terms:
            return []
        column = "exact" if exact else "folded"
        if self._database.sqlite:
            statement = _SQLITE
            wanted = f"{column} : (" + " AND ".join(f'"{term}"' for term in terms) + ")"
        else:
            statement = _POSTGRESQL_EXACT if exact else _POSTGRESQL_FOLDED
            wanted = " ".join(terms)
        with self._database.reading() as connection:
            rows = connection.execute(text(statement), {"query": wanted, "limit": limit})
            return [
                SearchHit(row.document_code, snippet(row.text, terms, folded=not exact))
                for row in rows
            ]


def snippet(content: str, terms: Sequence[str], *, folded: bool) -> str:
    """The passage around the first word found, as printed, with the words found in ``[ ]``."""
    # Folding keeps every letter's place, so a place found there is the place in the text.
    searched = fold(content) if folded else content.lower()
    if len(searched) != len(content):
        searched = content
    word = re.compile(r"\b(?:" + "|".join(map(re.escape, terms)) + r")\b")
    first = word.search(searched)
    start = max(0, first.start() - _AROUND) if first else 0
    end = min(len(content), (first.end() if first else 0) + _AROUND)
    passage, at = "", start
    for match in word.finditer(searched, start, end):
        passage += f"{content[at : match.start()]}[{content[match.start() : match.end()]}]"
        at = match.end()
    passage += content[at:end]
    return ("…" if start else "") + passage.strip() + ("…" if end < len(content) else "")


_SQLITE = (
    "SELECT document_code, exact AS text FROM search_index"
    " WHERE search_index MATCH :query ORDER BY rank LIMIT :limit"
)
_POSTGRESQL_EXACT = (
    "SELECT document_code, text FROM search_index"
    " WHERE exact @@ plainto_tsquery('simple', :query)"
    " ORDER BY ts_rank(exact, plainto_tsquery('simple', :query)) DESC LIMIT :limit"
)
_POSTGRESQL_FOLDED = _POSTGRESQL_EXACT.replace("exact", "folded")
