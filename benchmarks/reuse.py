"""Forms filled from scanned papers of generated households: the share filled, and how much is right.

Usage::

    python -m benchmarks.reuse [--households 12] [--seed 20281] [--font dejavu-serif]
                               [--degradation office]

Each household's papers (identity cards, applications, confirmations, certificates of businesses and
births) are drawn, scanned, read and understood; then every form is filled for both parents. A value is
wrong where it differs from the person, capitals aside; addresses count as told on the newest paper.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from dossiers.reading import PageReading
from dossiers.settings import IntakeSettings, ReadingSettings
from extractors.pool import ReaderPool
from extractors.reader import understand
from extractors.reuse.facts import Fact, Paper, facts_about
from extractors.reuse.forms import Filling, fill, load_forms
from extractors.reuse.vocabulary import load_vocabulary
from extractors.types import load_types
from fixtures.batch import scan_paper
from fixtures.chance import seeded
from fixtures.containers import Container, write
from fixtures.kinds import Style
from fixtures.lives import papers_of_household
from fixtures.people import TODAY, Household, Person
from fixtures.render.fonts import find_family
from fixtures.scanner import Degradation


@dataclass(slots=True)
class Scanned:
    """A paper on its way: the household, its file, and the pages being read."""

    home: int
    name: str
    pages: list[Future[PageReading]]


def truth_of(person: Person, home: Household) -> dict[str, str]:
    """What is true of a person, by meaning."""
    return {
        "full_name": person.full_name,
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex,
        "ethnicity": person.ethnicity,
        "nationality": person.nationality,
        "phone": person.phone,
        "residence": home.residence(TODAY),
    }


def read_population(
    folder: Path, count: int, seed: int, font: str, degradation: str
) -> list[tuple[Household, list[Paper]]]:
    """Households with their papers as understood."""
    types, homes, waiting = load_types(), [], []
    with ReaderPool(ReadingSettings(), IntakeSettings()) as pool:
        for number in range(count):
            rng = seeded(f"{seed}/{number}")
            drawn = list(papers_of_household(rng, Style(find_family(font), 200)))
            homes.append(drawn[0][0])
            for at, (_, paper) in enumerate(drawn):
                scans = scan_paper(paper, rng, Degradation(degradation))
                name = f"{number}-{at}"
                (path,) = write([page for page, _ in scans], folder / name, Container.PDF)
                jobs = [
                    pool.submit_page(path, page, 10_000_000) for page in range(1, len(scans) + 1)
                ]
                waiting.append(Scanned(number, name, jobs))
        papers: list[list[Paper]] = [[] for _ in homes]
        for scanned in waiting:
            reading = understand(scanned.name, [job.result() for job in scanned.pages], types,
                                 today=TODAY)  # fmt: skip
            kind = types.get(reading.type.code)
            if kind is not None:
                doubtful = frozenset(reading.doubtful)
                papers[scanned.home].append(Paper(scanned.name, kind, reading.fields, doubtful))
    return list(zip(homes, papers, strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the shares by form, and how much of what was filled is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20281)
    parser.add_argument("--font", default="dejavu-serif")
    parser.add_argument("--degradation", default="office")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        population = read_population(
            Path(folder), given.households, given.seed, given.font, given.degradation
        )
    vocabulary, forms = load_vocabulary(), load_forms()
    shares: dict[str, list[float]] = defaultdict(list)
    suggested: dict[str, list[float]] = defaultdict(list)
    right, wrong = 0, []
    for home, papers in population:
        people = {"father": home.father, "mother": home.mother}
        facts: dict[str, dict[str, Fact]] = {
            role: facts_about(person.personal_number, papers, vocabulary, TODAY)
            for role, person in people.items()
        }
        for role, person in people.items():
            for meaning, value in truth_of(person, home).items():
                fact = facts[role].get(meaning)
                if fact is None or not fact.reusable:
                    continue
                if fact.best.field.value.casefold() == value.casefold():
                    right += 1
                else:
                    wrong.append(f"{meaning}: {fact.best.field.value!r}, not {value!r}")
            for form in forms.values():
                roles = {"applicant", *(own.name for own in form.roles)}
                every = {"applicant": person, **people}
                numbers = {r: p.personal_number for r, p in every.items() if r in roles}
                known = {"applicant": facts[role], **facts}
                filled = fill(form, numbers, known)
                shares[form.code].append(filled.share)
                states = [own.filling for own in filled.fields]
                suggested[form.code].append(states.count(Filling.SUGGESTED) / len(states))
    papers_read = sum(len(papers) for _, papers in population)
    print(f"{given.households} households, {papers_read} papers")
    for code, every_share in shares.items():
        mean = sum(every_share) / len(every_share)
        more = sum(suggested[code]) / len(suggested[code])
        fifth = sum(share >= 0.2 for share in every_share) / len(every_share)
        print(
            f"{code:22} filled {mean:6.1%}  suggested {more:6.1%}  people with a fifth {fifth:6.1%}"
        )
    total = right + len(wrong)
    print(f"values filled {total}, right {right / total:.2%}" if total else "nothing was filled")
    for line in wrong:
        print("  wrong:", line)


if __name__ == "__main__":
    main()
