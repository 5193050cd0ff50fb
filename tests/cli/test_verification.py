"""``sohoa verify`` and ``sohoa trust`` as a clerk and an administrator type them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dossiers.errors import CertificateNotTrusted, KeyUnavailable, Language, NotFound
from signing.validation import TrustStore, verify
from signing.validation.page import page as render
from tests.conftest import SOHOA, run_sohoa
from tests.signing.authority import Ca, day, plain, sign

CA = Ca("Cơ quan chứng thực <ví dụ>", site=None)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("verify") / "var"


@pytest.fixture(scope="module")
def signed(home: Path) -> Path:
    path = home.parent / "quyết định.pdf"
    path.write_bytes(sign(plain(), CA.holder("Lê Văn <b>Thử</b>"), day(2026)))
    return path


@pytest.fixture(scope="module")
def certificates(home: Path) -> list[Path]:
    paths = []
    for name, holder in (("root.pem", CA.root), ("issuing.pem", CA.issuing)):
        path = home.parent / name
        path.write_bytes(holder.certificate.public_bytes(Encoding.PEM))
        paths.append(path)
    return paths


def fingerprint(name: str) -> str:
    holder = {"root": CA.root, "issuing": CA.issuing}[name]
    return str(holder.asn1.sha256.hex())


def typed(home: Path, answer: str, *arguments: str | Path) -> tuple[int, str]:
    """The program at a terminal, with a person who types one line."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [SOHOA, *arguments],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "SOHOA_HOME": str(home)},
    )
    os.write(ours, f"{answer}\n".encode())
    output, _ = done.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    return done.returncode, output.decode()


def test_trust_begins_only_once_the_fingerprint_is_confirmed(
    home: Path, signed: Path, certificates: list[Path]
) -> None:
    report = json.loads(run_sohoa(home, "verify", "--json", signed).stdout)
    assert report["outcome"] == "UNTRUSTED_CA"
    shown = run_sohoa(home, "trust", "import", certificates[0])
    assert shown.returncode == 1
    assert fingerprint("root").upper() in shown.stdout.replace(":", "")
    assert "chưa xác nhận vân tay" in shown.stdout
    assert not (home / "trust").exists()

    right = run_sohoa(
        home, "trust", "import", *certificates, "--json",
        "--fingerprint", fingerprint("root").upper(), "--fingerprint", fingerprint("issuing"),
    )  # fmt: skip
    assert right.returncode == 0
    assert [json.loads(line)["anchor"] for line in right.stdout.splitlines()] == [True, False]
    verdict = run_sohoa(home, "verify", signed)
    assert verdict.returncode == 0
    assert "Chữ ký hợp lệ" in verdict.stdout
    assert "Lê Văn <b>Thử</b>" in verdict.stdout


def test_a_person_may_type_the_end_of_the_fingerprint_and_trust_can_end(
    home: Path, certificates: list[Path]
) -> None:
    other = home.parent / "khac"
    code, output = typed(other, "0000000000000000", "trust", "import", certificates[0])
    assert code == 1, output
    code, output = typed(
        other, fingerprint("root")[-16:].upper(), "trust", "import", certificates[0]
    )
    assert code == 0, output
    assert [path.stem for path in (other / "trust").iterdir()] == [fingerprint("root")]
    assert run_sohoa(other, "trust", "remove", fingerprint("root")[:12]).returncode == 0
    assert json.loads(run_sohoa(other, "trust", "list", "--json").stdout)["certificates"] == []
    entries = json.loads(run_sohoa(other, "audit", "verify", "--json").stdout)
    assert entries["ok"]
    assert entries["entries"] == 2


def test_the_store_takes_authorities_by_their_fingerprint_alone(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust")
    root, right = CA.root.asn1, fingerprint("root")
    with pytest.raises(CertificateNotTrusted, match="fingerprints differ"):
        store.add(root, "root.pem", "ab" * 32)
    holder = CA.holder("Không phải CA").asn1
    with pytest.raises(CertificateNotTrusted, match="not an authority"):
        store.add(holder, "x.pem", holder.sha256.hex())
    assert store.add(root, "root.pem", right)
    assert not store.add(root, "root.pem", right)
    with pytest.raises(NotFound):
        store.remove("")
    (tmp_path / "trust" / f"{right}.cer").write_bytes(CA.issuing.asn1.dump())
    with pytest.raises(KeyUnavailable, match="exchanged"):
        store.trust()


def test_the_page_is_whole_in_one_file_and_shows_names_as_they_are(
    home: Path, signed: Path
) -> None:
    page = home.parent / "báo cáo.html"
    run_sohoa(home, "verify", signed, "--report", page)
    html = page.read_text(encoding="utf-8")
    assert '<html lang="vi">' in html
    assert "BÁO CÁO KIỂM TRA CHỮ KÝ SỐ" in html
    assert "quyết định.pdf" in html
    assert "Lê Văn &lt;b&gt;Thử&lt;/b&gt;" in html
    assert re.search(r"(src|href)=|url\(|<script", html) is None
    english = render([verify(signed, CA.trust)], Language.ENGLISH)
    assert "SIGNATURE VALIDATION REPORT" in english
