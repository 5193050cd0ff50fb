"""Reuse over HTTP: a person's fields and filled forms, behind two scopes, each read on record."""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema
import pytest
from fastapi.testclient import TestClient

from dossiers.contract import json_schemas
from dossiers.settings import Settings
from portal.app import create_app
from storage.access import Scope
from storage.ledger import open_ledger
from tests.conftest import Demo

pytestmark = pytest.mark.xdist_group("demo")
CITIZEN = "033083044664"
FIELDS = f"/api/v1/subjects/{CITIZEN}/fields"
PREFILL = "/api/v1/forms/criminal_record/prefill"


@pytest.fixture(scope="module")
def client(demo: Demo) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=demo.home))) as opened:
        yield opened


def bearer(demo: Demo, *scopes: Scope) -> dict[str, str]:
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        _, token = ledger.keys.create("suite", scopes)
    return {"Authorization": f"Bearer {token}"}


def test_both_scopes_are_needed_and_a_refusal_is_on_record(client: TestClient, demo: Demo) -> None:
    assert client.get(FIELDS).status_code == 401
    for scope in (Scope.FIELDS, Scope.SUBJECTS):
        headers = bearer(demo, scope)
        assert client.get(FIELDS, headers=headers).status_code == 403
        assert client.post(PREFILL, headers=headers, json={"citizen": CITIZEN}).status_code == 403
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        assert ledger.audit.entries(limit=1)[0].action == "access.refused"


def test_a_person_s_fields_come_with_where_they_are_from(client: TestClient, demo: Demo) -> None:
    headers = bearer(demo, Scope.SUBJECTS, Scope.FIELDS)
    answer = client.get(FIELDS, headers=headers)
    report = answer.json()
    jsonschema.validate(report, json_schemas()["facts"])
    facts = {fact["meaning"]: fact for fact in report["facts"]}
    assert facts["birth_date"]["value"] == "1983-05-29"
    assert facts["birth_date"]["provenance"]["type"] == "identity_card"
    assert facts["full_name"]["reusable"]
    # He is the father on his child's certificate, which says nothing of him by number.
    assert "birth_certificate" not in {f["provenance"]["type"] for f in report["facts"]}
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        entry = ledger.audit.entries(CITIZEN, limit=1)[0]
    assert (entry.action, entry.actor[:4]) == ("subject.fields.read", "key:")
    assert client.get("/api/v1/subjects/12/fields", headers=headers).status_code == 422


def test_a_form_is_filled_for_a_caller(client: TestClient, demo: Demo) -> None:
    headers = bearer(demo, Scope.SUBJECTS, Scope.FIELDS)
    listed = client.get("/api/v1/forms", headers=headers).json()
    assert "criminal_record" in {form["code"] for form in listed["forms"]}
    report = client.post(PREFILL, headers=headers, json={"citizen": CITIZEN}).json()
    jsonschema.validate(report, json_schemas()["prefill"])
    assert report["share"] >= 0.2
    states = {field["name"]: field["state"] for field in report["fields"]}
    assert states["full_name"] == "filled"
    assert states["personal_number"] == "given"
    wrong = {"citizen": CITIZEN, "people": {"nobody": CITIZEN}}
    assert client.post(PREFILL, headers=headers, json=wrong).status_code == 404
    assert client.post(PREFILL, headers=headers, json={"citizen": "1"}).status_code == 422
    assert client.post("/api/v1/forms/none/prefill", headers=headers, json=wrong).status_code == 404
