"""The fetch API over the finished demo: keys, scopes, ranges, checksums, an audited read."""

from __future__ import annotations

import base64
import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.settings import Settings
from portal.app import create_app
from storage.access import Scope
from storage.ledger import open_ledger
from tests.conftest import Demo
from tests.servers.postgresql import free_port

pytestmark = pytest.mark.xdist_group("demo")
DOSSIER = "H31.12-261102-0001"
DOCUMENT = f"{DOSSIER}-02"
COPY = f"/api/v1/documents/{DOCUMENT}/copy"
ROUTES = {
    f"/api/v1/dossiers/{DOSSIER}": Scope.COPIES,
    f"/api/v1/documents/{DOCUMENT}": Scope.COPIES,
    COPY: Scope.COPIES,
    f"/api/v1/documents/{DOCUMENT}/fields": Scope.FIELDS,
    "/api/v1/subjects/033083044664/documents": Scope.SUBJECTS,
    "/api/v1/search?q=khai%20sinh": Scope.SEARCH,
}


@pytest.fixture(scope="module")
def client(demo: Demo) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=demo.home))) as opened:
        yield opened


@pytest.fixture(scope="module")
def key(demo: Demo) -> dict[str, str]:
    return bearer(demo, *Scope)


def bearer(demo: Demo, *scopes: Scope) -> dict[str, str]:
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        _, token = ledger.keys.create("suite", scopes)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_is_read_without_a_key(client: TestClient, route: str) -> None:
    for headers in ({}, {"Authorization": "Bearer sohoa_wrong"}, {"Authorization": "Basic eA=="}):
        answer = client.get(route, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "access_denied"


@pytest.mark.parametrize(("route", "scope"), ROUTES.items())
def test_a_key_opens_only_what_its_scopes_say(
    client: TestClient, demo: Demo, route: str, scope: Scope
) -> None:
    others = [other for other in Scope if other is not scope]
    refused = client.get(route, headers={**bearer(demo, *others), "Accept-Language": "en"})
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert scope in refused.json()["detail"]
    assert client.get(route, headers=bearer(demo, scope)).status_code == 200


def test_a_dossier_leads_to_its_copies_and_fields(client: TestClient, key: dict[str, str]) -> None:
    dossier = client.get(f"/api/v1/dossiers/{DOSSIER}", headers=key).json()
    assert dossier["state"] == "digitised"
    assert dossier["applicant"]["identifier"] == "033083044664"
    for document in dossier["documents"]:
        (copy,) = document["copies"]
        answer = client.get(copy["href"], headers=key)
        assert answer.content.startswith(b"%PDF-1.")
        assert hashlib.sha256(answer.content).hexdigest() == copy["sha256"]
        assert len(answer.content) == copy["size"]
        digest = base64.b64encode(bytes.fromhex(copy["sha256"])).decode()
        assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
        fields = client.get(document["fields_href"], headers=key).json()
        assert {"value", "confidence", "page", "box", "source", "doubtful"} <= set(fields[0])


def test_only_accepted_fields_when_asked(client: TestClient, key: dict[str, str]) -> None:
    route = f"/api/v1/documents/{DOCUMENT}/fields"
    every = client.get(route, headers=key).json()
    accepted = client.get(route, headers=key, params={"accepted": True}).json()
    assert accepted == [field for field in every if not field["doubtful"]]
    assert len(accepted) > 10


def test_a_copy_that_one_has_is_not_sent_again(client: TestClient, key: dict[str, str]) -> None:
    first = client.get(COPY, headers=key)
    again = client.get(COPY, headers={**key, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(COPY, headers=key)
    assert int(head.headers["content-length"]) == len(first.content)
    assert head.content == b""


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    header=st.from_regex(r"bytes=[0-9]{0,7}-[0-9]{0,7}", fullmatch=True)
    | st.sampled_from(
        ["bytes=0-0,5-9", "items=0-5", "bytes=-0", "bytes=9999999-", "bytes=5-2", "x"]
    )
)
def test_any_range_gives_exactly_those_bytes(
    client: TestClient, key: dict[str, str], header: str
) -> None:
    whole = client.get(COPY, headers=key).content
    answer = client.get(COPY, headers={**key, "Range": header})
    if answer.status_code == 206:
        place, _, size = answer.headers["content-range"].removeprefix("bytes ").partition("/")
        first, last = map(int, place.split("-"))
        assert int(size) == len(whole)
        assert answer.content == whole[first : last + 1]
    elif answer.status_code == 416:
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    else:
        assert answer.status_code == 200
        assert answer.content == whole


def test_a_range_of_another_version_sends_the_whole(
    client: TestClient, key: dict[str, str]
) -> None:
    headers = {**key, "Range": "bytes=0-9", "If-Range": '"of another copy"'}
    assert client.get(COPY, headers=headers).status_code == 200


def test_subjects_are_found_by_a_number_that_obeys_its_rules(
    client: TestClient, key: dict[str, str]
) -> None:
    found = client.get("/api/v1/subjects/033 083 044 664/documents", headers=key).json()
    assert found["identifier"] == "033083044664"
    assert {link["linked_by"] for link in found["documents"]} == {"manifest"}
    wrong = client.get("/api/v1/subjects/12/documents", headers=key)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_identifier")


@pytest.mark.parametrize("code", ["nothing", "..%2F..%2Fledger.sqlite", "%00", "'; DROP TABLE x"])
def test_unknown_codes_are_not_found(client: TestClient, key: dict[str, str], code: str) -> None:
    for route in (f"/api/v1/dossiers/{code}", f"/api/v1/documents/{code}/copy"):
        answer = client.get(route, headers=key)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_every_read_is_in_the_audit_trail(client: TestClient, demo: Demo) -> None:
    headers = bearer(demo, Scope.COPIES)
    client.get(COPY, headers=headers)
    client.get("/api/v1/search?q=x", headers=headers)
    with open_ledger(Settings(home=demo.home).ledger_url) as ledger:
        refused, read = ledger.audit.entries(limit=2)
        key_id = ledger.keys.list()[-1].id
        assert ledger.audit.verify().ok
    assert (read.actor, read.action, read.target) == (f"key:{key_id}", "copy.read", DOCUMENT)
    assert (refused.action, refused.target) == ("access.refused", "/api/v1/search")


def test_the_manual_needs_no_internet(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert client.get("/docs/assets/swagger-ui-bundle.js").status_code == 200
    schema = client.get("/openapi.json").json()
    assert schema["openapi"].startswith("3.0.")
    assert schema["components"]["securitySchemes"]
    assert set(schema["paths"]) >= {"/api/v1/dossiers/{code}", "/api/v1/documents/{code}/copy"}
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_real_server_serves(demo: Demo) -> None:
    token = (demo.home / "demo-api-key").read_text().strip()
    port = free_port()
    program = Path(sys.executable).with_name("sohoa")
    server = subprocess.Popen(
        [program, "serve", "--port", str(port)],
        env={"SOHOA_HOME": str(demo.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        url = f"http://127.0.0.1:{port}{COPY}"
        headers = {"Authorization": f"Bearer {token}", "Range": "bytes=-5"}
        answer = httpx.get(url, headers=headers)
        assert answer.status_code == 206
        assert len(answer.content) == 5
    finally:
        server.terminate()
        server.wait(timeout=30)
