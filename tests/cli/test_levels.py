"""``sohoa sign`` with levels, ``sign upgrade``, ``sign renew``, and the authorities in ``doctor``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import run_sohoa
from tests.servers.trust_services import TrustServices, Tsa
from tests.signing.conftest import blank_pdfa


@pytest.fixture
def home(tmp_path: Path, services: TrustServices) -> tuple[Path, Tsa]:
    """A home whose settings name an authority that is down, and one that may be."""
    down, tsa = services.tsa("down"), services.tsa("a")
    down.mode = "http 503"
    hierarchy = services.hierarchy
    for name in ("officer", "agency"):
        hierarchy.pkcs12(tmp_path / f"{name}.p12", hierarchy.issue(name), "x")
    hierarchy.root.pem(tmp_path / "root.pem")
    (tmp_path / "sohoa.toml").write_text(
        f"""
        [signing]
        officer = {{ file = "{tmp_path}/officer.p12", password = "x" }}
        agency = {{ file = "{tmp_path}/agency.p12", password = "x" }}
        trust_roots = ["{tmp_path}/root.pem"]
        [levels]
        default = "B-LTA"
        [timestamps]
        rounds = 1
        [[timestamps.authorities]]
        url = "{down.url}"
        [[timestamps.authorities]]
        url = "{tsa.url}"
        budget = 500
        """
    )
    return tmp_path / "var", tsa


def test_a_file_is_signed_at_the_level_set_or_as_near_as_can_be(
    home: tuple[Path, Tsa], tmp_path: Path
) -> None:
    folder, tsa = home
    source, out = blank_pdfa(tmp_path / "p.pdf"), tmp_path / "out.pdf"
    done = run_sohoa(folder, "sign", source, "-o", out, "--json")
    report = json.loads(done.stdout)
    assert (report["level"], report["wanted"], report["shortfall"]) == ("B-LTA", "B-LTA", None)

    tsa.mode = "hangs up"
    done = run_sohoa(folder, "sign", "-o", out, source, "--level", "B-T")
    assert done.returncode == 0
    assert "PAdES B-B" in done.stdout
    assert "Chưa đạt mức B-T: chưa lấy được dấu thời gian (" in done.stdout
    assert "[timestamp_unavailable]" in done.stdout
    assert run_sohoa(folder, "sign", source, "-o", out, "--level", "B-X").returncode == 2


def test_the_queue_is_worked_off_and_an_empty_one_is_well(home: tuple[Path, Tsa]) -> None:
    for command in ("upgrade", "renew"):
        done = run_sohoa(home[0], "sign", command, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {
            "ok": True, "done": [], "failed": [], "waiting": 0, "stuck": [], "ending": [],
        }  # fmt: skip


def test_the_doctor_tells_of_every_authority(home: tuple[Path, Tsa]) -> None:
    folder, tsa = home

    def finding() -> dict[str, object]:
        checks = json.loads(run_sohoa(folder, "doctor", "--json").stdout)["checks"]
        (found,) = [check for check in checks if check["name"] == "Dấu thời gian"]
        return dict(found)

    found = finding()
    assert found["ok"]
    assert "/tsa/down (HTTP 503)" in str(found["detail"])
    assert "đã dùng 1/500 dấu trong tháng" in str(found["detail"])
    told = json.loads(run_sohoa(folder, "doctor", "--json").stdout)["settings"]
    assert told["timestamps.authorities[2].budget"] == "500"
    assert told["signing.officer.password"] == "********"
    assert "(" not in "".join(told.values())
    tsa.mode = "untrusted"
    found = finding()
    assert not found["ok"]
    assert "not trusted" in str(found["detail"])
    assert "sohoa sign upgrade" in str(found["advice"])
