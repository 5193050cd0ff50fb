"""What reading a document gives: pages, words and fields, each with a place and a confidence.

Boxes are in PDF points (1/72 inch) from the top left corner of the page *as displayed*, that is
after the page's rotation. Confidences are between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from dossiers.identifiers.place import Place


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle ``x0 < x1``, ``y0 < y1`` in points from the top left, y downwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Width in points."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Height in points."""
        return self.y1 - self.y0

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, ``(x, y)`` in points."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def area(self) -> float:
        """Square points."""
        return self.width * self.height

    def shared(self, other: Box) -> float:
        """Square points that both cover."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return width * height if width > 0 and height > 0 else 0.0

    def __reduce__(self) -> tuple[type[Box], tuple[float, float, float, float]]:
        # What dataclasses do by themselves takes five times as long, for hundreds of words a page.
        return Box, (self.x0, self.y0, self.x1, self.y1)

    @staticmethod
    def around(boxes: Iterable[Box]) -> Box:
        """The smallest box around at least one other."""
        every = list(boxes)
        return Box(
            min(b.x0 for b in every),
            min(b.y0 for b in every),
            max(b.x1 for b in every),
            max(b.y1 for b in every),
        )


DISPUTED = 0.0
"""The confidence of a word of which a page's own text and its print surely say different things."""


@dataclass(frozen=True, slots=True)
class Word:
    """One printed word, NFC, and the line of its page it stands on (0-based, in reading order).

    ``edges``, where the engine knows them, are the x of each character's left edge and of the last
    one's right edge (``len(text) + 1`` of them, in points). ``looks`` is what further looks at a
    doubtful word have read, each once; none for words that were sure at the first.
    """

    text: str
    box: Box
    confidence: float
    line: int
    edges: tuple[float, ...] = ()
    looks: tuple[str, ...] = ()

    @property
    def disputed(self) -> bool:
        """Whether the page's own text and its print differ; ``looks`` holds the other of the two."""
        return self.confidence <= DISPUTED and bool(self.looks)

    def __reduce__(self) -> tuple[type[Word], tuple[object, ...]]:
        return Word, (self.text, self.box, self.confidence, self.line, self.edges, self.looks)


class PageOutcome(StrEnum):
    """Every page ends in exactly one of these, and pages in equal pages out."""

    OK = "ok"
    BLANK = "blank"
    DOUBTFUL = "doubtful"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should know; ``code`` is stable, the sentences are for display."""

    code: str
    vi: str
    en: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a ruled table; rows and columns count from 0 within their ``table`` of the page."""

    table: int
    row: int
    column: int
    row_span: int
    column_span: int
    box: Box


class Symbology(StrEnum):
    """Machine-readable marks."""

    QR = "qr"
    BARCODE = "barcode"
    MRZ = "mrz"


@dataclass(frozen=True, slots=True)
class Mark:
    """A machine-readable mark found on a page, with what it says."""

    symbology: Symbology
    text: str
    page: int
    box: Box


class SlotKind(StrEnum):
    """What a pen writes into the printed frame of a document (NĐ 30/2020/NĐ-CP, Phụ lục I)."""

    NUMBER = "number"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    INCOMING_NUMBER = "incoming_number"
    INCOMING_DAY = "incoming_day"
    INCOMING_MONTH = "incoming_month"
    INCOMING_YEAR = "incoming_year"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read a value, how sure (0 to 1), and which reading says so."""

    value: str
    confidence: float
    source: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Handwriting in a printed frame: where it stands and what it may say, likeliest first.

    No candidate means that the ink is not to be read; ``empty`` that there is none.
    """

    kind: SlotKind
    box: Box
    candidates: tuple[Candidate, ...] = ()
    empty: bool = False


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page as read.

    ``width`` and ``height`` are of the page as displayed, in points; ``rotation`` is the clockwise
    turn (0, 90, 180, 270) that the stored page needs *in addition to its own* to stand upright;
    ``skew`` is how far the upright text still leans, in degrees, positive when lines fall to the
    right. ``dpi`` is the resolution of the scan along the width (0 where the page is no scan).
    """

    number: int
    width: float
    height: float
    dpi: float
    rotation: int
    skew: float
    outcome: PageOutcome
    engine: str
    words: tuple[Word, ...] = ()
    marks: tuple[Mark, ...] = ()
    problems: tuple[Problem, ...] = ()
    cells: tuple[Cell, ...] = ()
    slots: tuple[Slot, ...] = ()

    def lines(self) -> list[tuple[Word, ...]]:
        """The words, line by line, in reading order."""
        return [tuple(words) for _, words in groupby(self.words, key=lambda word: word.line)]

    @property
    def text(self) -> str:
        """The page as plain text, a line a row."""
        return "\n".join(" ".join(word.text for word in line) for line in self.lines())


class FieldSource(StrEnum):
    """How a field's value was obtained, weakest evidence first."""

    ZONE = "zone"
    LABEL = "label"
    PEN = "pen"
    CODE = "code"
    MANIFEST = "manifest"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Field:
    """One value read from a document.

    ``value`` is the normalised form (dates ISO 8601, numbers without blanks), ``raw`` the text as
    read, ``display`` the value as people write it (empty where that is ``value``). ``page`` and
    ``box`` are ``None`` only for values that do not stand on the paper. ``reasons`` say, in English
    and for the record, what raised or lowered the confidence; ``candidates`` are the other ways to
    read it, likeliest first. ``place`` are the administrative units by code that a place names, or
    that an agency is of; ``agency_code`` the agency's electronic identification code, where it is
    known for certain.
    """

    name: str
    value: str
    raw: str
    confidence: float
    page: int | None
    box: Box | None
    source: FieldSource
    reasons: tuple[str, ...] = ()
    display: str = ""
    candidates: tuple[Candidate, ...] = ()
    place: Place | None = None
    agency_code: str = ""

    @property
    def shown(self) -> str:
        """The value as a person should see it."""
        return self.display or self.value


UNKNOWN_TYPE = "unknown"


@dataclass(frozen=True, slots=True)
class TypeMatch:
    """The document type found, how sure, and the evidence for it; ``unknown`` is an answer."""

    code: str
    confidence: float
    evidence: tuple[str, ...] = ()


# Problems of a page that a person must look at: what the document is, and what was not read.
ASK_A_PERSON = frozenset({
    "maybe_several_papers", "separator_unknown", "table_too_long", "table_not_read",
})  # fmt: skip
# The dossier's manifest says the document is of another type than was recognised.
TYPE_DENIED = "type_not_as_declared"


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """Everything read from one document.

    ``doubtful`` names the fields that must be seen by a person before the data may be reused.
    """

    file: str
    pages: tuple[PageReading, ...]
    type: TypeMatch
    fields: Mapping[str, Field] = field(default_factory=dict)
    doubtful: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def text(self) -> str:
        """All pages as plain text, parted by form feeds."""
        return "\f".join(page.text for page in self.pages)

    @property
    def needs_person(self) -> bool:
        """Whether a field, a page, the type, or where the paper ends is doubtful."""
        return (
            bool(self.doubtful)
            or self.type.code == UNKNOWN_TYPE
            or any(p.outcome in (PageOutcome.DOUBTFUL, PageOutcome.FAILED) for p in self.pages)
            or any(problem.code in ASK_A_PERSON | {TYPE_DENIED} for problem in self.problems)
        )
