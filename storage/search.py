"""Full-text search: exact where the query has diacritics, forgiving where it has none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import text

from dossiers.text import fold, has_diacritics, nfc
from storage.database import Database

_TERM = re.compile(r"\w+", re.UNICODE)


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
        exact = nfc(content).lower()
        row = {"code": document_code, "exact": exact, "folded": fold(content), "text": nfc(content)}
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
            connection.execute(
                text("DELETE FROM search_index WHERE document_code = :code"),
                {"code": document_code},
            )
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
        statement = self._sqlite(column) if self._database.sqlite else self._postgresql(column)
        if self._database.sqlite:
            wanted = f"{column} : (" + " AND ".join(f'"{term}"' for term in terms) + ")"
        else:
            wanted = " ".join(terms)
        with self._database.reading() as connection:
            rows = connection.execute(text(statement), {"query": wanted, "limit": limit})
            return [SearchHit(row.document_code, row.snippet) for row in rows]

    @staticmethod
    def _sqlite(column: str) -> str:
        # Columns: 0 code, 1 exact, 2 folded.
        place = 1 if column == "exact" else 2
        return (
            f"SELECT document_code, snippet(search_index, {place}, '[', ']', '…', 12) AS snippet"  # noqa: S608 - no user text
            " FROM search_index WHERE search_index MATCH :query ORDER BY rank LIMIT :limit"
        )

    @staticmethod
    def _postgresql(column: str) -> str:
        return (
            "SELECT document_code, ts_headline('simple', text, plainto_tsquery('simple', :query),"  # noqa: S608 - no user text
            " 'StartSel=[,StopSel=],MaxWords=24,MinWords=12') AS snippet FROM search_index"
            f" WHERE {column} @@ plainto_tsquery('simple', :query)"
            f" ORDER BY ts_rank({column}, plainto_tsquery('simple', :query)) DESC LIMIT :limit"
        )
