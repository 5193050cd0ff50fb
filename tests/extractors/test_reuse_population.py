"""Forms filled for a generated population: the share the mandate asks for, and nothing false."""

from __future__ import annotations

from collections import defaultdict

import pytest

from dossiers.reading import Field, FieldSource
from extractors.reuse.facts import Fact, Paper, facts_about
from extractors.reuse.forms import Filling, fill, load_forms
from extractors.reuse.vocabulary import load_vocabulary
from extractors.types import load_types
from fixtures.chance import seeded
from fixtures.kinds import Paper as Drawn
from fixtures.kinds import Style
from fixtures.lives import papers_of_household
from fixtures.people import TODAY, Household, Person

HOUSEHOLDS = 6


def kept(drawn: Drawn, name: str) -> Paper:
    """A paper as if it had been read without a fault."""
    kind = load_types().get(drawn.truth.kind)
    assert kind is not None
    fields = {
        key: Field(key, value, value, 0.97, 1, None, FieldSource.LABEL)
        for key, value in drawn.truth.fields.items()
    }
    return Paper(name, kind, fields, frozenset())


@pytest.fixture(scope="module")
def population() -> list[tuple[Household, list[Paper]]]:
    rng, style = seeded("lives"), Style(dpi=40)
    homes = []
    for number in range(HOUSEHOLDS):
        drawn = list(papers_of_household(rng, style))
        papers = [kept(paper, f"{number}-{at}") for at, (_, paper) in enumerate(drawn)]
        homes.append((drawn[0][0], papers))
    return homes


def known(person: Person, papers: list[Paper]) -> dict[str, Fact]:
    return facts_about(person.personal_number, papers, load_vocabulary(), TODAY)


def test_the_store_fills_at_least_a_fifth_of_every_form(
    population: list[tuple[Household, list[Paper]]],
) -> None:
    shares: dict[str, list[float]] = defaultdict(list)
    for home, papers in population:
        people = {"applicant": home.father, "father": home.father, "mother": home.mother}
        facts = {role: known(person, papers) for role, person in people.items()}
        numbers = {role: person.personal_number for role, person in people.items()}
        for form in load_forms().values():
            roles = {"applicant", *(role.name for role in form.roles)}
            own = {role: number for role, number in numbers.items() if role in roles}
            shares[form.code].append(fill(form, own, facts).share)
    means = {code: sum(every) / len(every) for code, every in shares.items()}
    # A building permit asks mostly about land, and nobody here has brought a land certificate.
    land = means.pop("building_permit")
    assert min(means.values()) >= 0.2, means
    assert land > 0


def test_nothing_is_filled_that_is_not_so(
    population: list[tuple[Household, list[Paper]]],
) -> None:
    filled = 0
    for home, papers in population:
        for person in (home.father, home.mother, home.child):
            facts = known(person, papers)
            truth = {
                "full_name": person.full_name, "birth_date": person.birth_date.isoformat(),
                "sex": person.sex, "ethnicity": person.ethnicity,
                "nationality": person.nationality, "phone": person.phone,
                "residence": home.residence(TODAY),
            }  # fmt: skip
            if person is home.child:
                truth |= {
                    "father_name": home.father.full_name, "mother_name": home.mother.full_name,
                    "ethnicity": home.father.ethnicity,
                }  # fmt: skip
            for meaning, right in truth.items():
                fact = facts.get(meaning)
                if fact is None or not fact.reusable:
                    continue
                filled += 1
                assert fact.best.field.value.casefold() == right.casefold(), meaning
    assert filled > 8 * HOUSEHOLDS


def test_a_form_about_somebody_of_whom_nothing_is_known_stays_empty(
    population: list[tuple[Household, list[Paper]]],
) -> None:
    _, papers = population[0]
    stranger = population[1][0].father
    assert known(stranger, papers) == {}
    form = load_forms()["marital_status"]
    filled = fill(form, {"applicant": stranger.personal_number}, {"applicant": {}})
    assert {own.filling for own in filled.fields} == {Filling.ASKED, Filling.GIVEN}
