"""Fields of papers by type: how many are exact, how many pass unseen, how many of those are right.

Usage::

    python -m benchmarks.fields [--seed 90210] [--count 120] [--font dejavu-serif]
                                [--degradation office] [--kinds a,b] [--pen] [--tables any]
                                [--fields] [--show] [--diagram docs/confidence.svg]
    python -m benchmarks.fields --real FOLDER     # public scans with their labels.jsonl

Seeds and font are none that anything was tuned or fitted on. ``--fields`` prints a row a field,
``--show`` every value that passed and is wrong. *exact*: the normalised value is the printed one;
*coverage*: values that pass unseen, of all that are printed or were read; *precision*: of those, the
exact ones; *ECE*: expected calibration error. Values that a paper of the kind has nowhere, but that
were read all the same, are wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from dossiers.settings import IntakeSettings
from extractors.engines.fast import FastEngine
from extractors.fields.confidence import load_confidence
from extractors.page import read_page
from extractors.reader import examine
from extractors.sources import inspect
from extractors.types import load_types
from fixtures.kinds import KINDS
from fixtures.render.flow import TableRules
from training.confidence import calibration_error, reliability
from training.diagram import write_diagram
from training.labelled import Batch, Labelled, ReadPaper, labelled, plain, read_papers

# Combining grave, acute, tilde, hook above and dot below.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_COUNTS = ("values", "wrong passed")
_LABELS = {
    "so_ky_hieu": "document_number",
    "co_quan_ban_hanh": "issuer",
    "ngay_ban_hanh": "issue_date",
    "trich_yeu": "subject",
    "nguoi_ky": "signer",
}


def main() -> None:
    """Print a table for people and one JSON line for machines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=90210)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--font", default="dejavu-serif")
    parser.add_argument("--degradation", default="office")
    parser.add_argument("--kinds", help="codes, parted by commas")
    parser.add_argument("--pen", action="store_true", help="numbers and days are written by hand")
    rules = [*(rules.value for rules in TableRules), "any"]
    parser.add_argument("--tables", choices=rules, default="all", help="rules printed in tables")
    parser.add_argument("--fields", action="store_true", help="a row for each field")
    parser.add_argument("--show", action="store_true", help="list what passed and is wrong")
    parser.add_argument("--diagram", type=Path, help="write the reliability diagram (SVG)")
    parser.add_argument("--real", type=Path, help="folder of public scans with labels.jsonl")
    arguments = parser.parse_args()
    if arguments.real:
        real_scans(arguments.real)
        return
    kinds = tuple(arguments.kinds.split(",")) if arguments.kinds else tuple(KINDS)
    tables = None if arguments.tables == "any" else TableRules(arguments.tables)
    batch = Batch(
        arguments.seed, arguments.font, arguments.degradation, arguments.count, kinds,
        arguments.pen, tables,
    )  # fmt: skip
    papers = list(read_papers([batch]))
    values = labelled(papers)
    typed = sum(p.examined.reading.type.code == p.truth.kind for p in papers)
    rows = {"all": figures(values), "key fields": figures([v for v in values if v.key])}
    rows |= grouped(values, lambda value: value.type)
    if arguments.fields:
        rows |= grouped(values, lambda value: f"{value.type}.{value.name}")
    print(
        f"{len(papers)} papers, type right in {typed}; {understanding_time(papers):.2f} ms a page"
    )
    table(rows)
    if arguments.show:
        for value in values:
            if value.passed and not value.exact:
                print(f"{value.file} {value.name}: {value.printed!r} <> {value.read!r}")
    if arguments.diagram:
        fitted = load_confidence().fitted_on["reliability"]
        series = {"papers never seen": reliability_of(values), "as fitted, out of fold": fitted}
        write_diagram(series, "Of the values, by tenths in order of confidence", arguments.diagram)
    print(json.dumps({"rows": rows, "reliability": reliability_of(values)}))


def figures(values: Sequence[Labelled]) -> dict[str, float]:
    """Shares in per cent."""
    passed = [value for value in values if value.passed]
    read = [value for value in values if value.evidence]
    sure = np.array([value.confidence for value in read])
    right = np.array([value.exact for value in read])
    return {
        "values": len(values),
        "exact": 100 * sum(value.exact for value in values) / max(1, len(values)),
        "coverage": 100 * len(passed) / max(1, len(values)),
        "precision": 100 * sum(value.exact for value in passed) / max(1, len(passed)),
        "wrong passed": sum(not value.exact for value in passed),
        "ece": 100 * calibration_error(sure, right) if read else 0.0,
    }


def reliability_of(values: Sequence[Labelled]) -> list[dict[str, float]]:
    """By tenths of the values in order of confidence."""
    read = [value for value in values if value.evidence]
    sure = np.array([value.confidence for value in read])
    return reliability(sure, np.array([value.exact for value in read]))


def grouped(values: Iterable[Labelled], key: object) -> dict[str, dict[str, float]]:
    """Figures of each group."""
    groups: dict[str, list[Labelled]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)  # type: ignore[operator]
    return {name: figures(group) for name, group in sorted(groups.items())}


def table(rows: Mapping[str, Mapping[str, float]]) -> None:
    """A row a group."""
    heads = ("values", "exact", "coverage", "precision", "wrong passed", "ece")
    print(f"{'':44}" + "".join(f"{head:>14}" for head in heads))
    for name, row in rows.items():
        cells = [
            f"{row[head]:14.0f}" if head in ("values", "wrong passed") else f"{row[head]:14.2f}"
            for head in heads
        ]
        print(f"{name:44}" + "".join(cells))


def understanding_time(papers: Sequence[ReadPaper]) -> float:
    """Milliseconds of processor time a page from words to fields."""
    types = load_types()
    start = time.process_time()
    for paper in papers:
        examine(str(paper.truth.file), paper.pages, types)
    pages = sum(len(paper.pages) for paper in papers)
    return 1000 * (time.process_time() - start) / max(1, pages)


def real_scans(folder: Path) -> None:
    """Public scans against their labels: number, symbol, agency, date, type, subject, signer."""
    engine, limits, types = FastEngine(), IntakeSettings(), load_types()
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    reading_time = understanding = 0.0
    pages_read = 0
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        path = folder / label["file"]
        start = time.process_time()
        count = inspect(path, limits).page_count
        pages = [read_page(path, number + 1, engine, limits) for number in range(count)]
        reading_time += time.process_time() - start
        pages_read += count
        start = time.process_time()
        reading = examine(path.name, pages, types).reading
        understanding += time.process_time() - start
        kind = types.get(reading.type.code)
        wanted = {name: label[key] for key, name in _LABELS.items() if label.get(key)}
        found = {n: (f.value, n not in reading.doubtful) for n, f in reading.fields.items()}
        wanted["type"] = label["loai_van_ban"]
        found["type"] = (kind.name.vi if kind else "unknown", reading.type.confidence >= 0.5)
        wanted["symbol"] = label["ky_hieu"]
        number, passed = found.get("document_number", ("", False))
        found["symbol"] = (number.partition("/")[2], passed)
        if "letter_subject" in found and "subject" not in found:
            found["subject"] = found["letter_subject"]
        for name, value in wanted.items():
            got, sure = found.get(name, (None, False))
            right = got is not None and same(got, value)
            counts = tally[name]
            counts[0] += 1
            counts[1] += right
            counts[2] += sure
            counts[3] += sure and not right
            if not right:
                state = "PASSED" if sure else "doubtful"
                print(f"{path.name} {name} [{state}]: {value!r} <> {got!r}", file=sys.stderr)
    print(f"{'':20}{'labels':>8}{'exact':>8}{'passed':>8}{'wrong passed':>14}")
    for name, (labels, exact, passed, wrong) in tally.items():
        print(f"{name:20}{labels:8}{exact:8}{passed:8}{wrong:14}")
    print(
        f"{1000 * reading_time / pages_read:.1f} ms a page read, "
        f"{1000 * understanding / pages_read:.1f} ms understood"
    )


def same(read: str, label: str) -> bool:
    """Equal but for case, blanks, the kind of dash and quote, marks at the ends and ``ủy``/``uỷ``.

    Labels are read by eye and set in capitals or not as their reader liked.
    """
    return _bare(read) == _bare(label)


def _bare(text: str) -> str:
    text = plain(text).casefold().replace("–", "-").replace("“", '"').replace("”", '"')
    for lead in ("về việc ", "v/v "):
        text = text.removeprefix(lead)
    return " ".join(map(_toned, text.split())).strip(' .;,"')


def _toned(word: str) -> str:
    """A word with its tone behind it: both ways to place tone marks are in use."""
    letters = unicodedata.normalize("NFD", word)
    tones = [mark for mark in letters if mark in _TONES]
    return "".join(letter for letter in letters if letter not in _TONES) + "".join(tones)


if __name__ == "__main__":
    main()
