"""Papers that come signed: judged on arrival, countersigned where theirs stays whole, else attached."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest
from pyhanko.sign.fields import MDPPerm

from dossiers.contract import DossierReport
from dossiers.settings import IntakeSettings, ReadingSettings, Settings
from dossiers.states import DocumentState, DossierState
from flows.batch import digitise, take_settled_once
from flows.progress import Silent
from flows.services import Services
from flows.signed_input import extends
from signing.validation import Outcome, TrustStore, verify
from storage.documents import DocumentRecord
from tests.extractors.pictures import LINES, page, scan_pdf
from tests.signing.authority import Ca, day, sign

CODE = "H31-261123-0021"


@dataclass(frozen=True)
class Done:
    """A dossier of signed papers that has been digitised."""

    services: Services
    report: DossierReport
    inputs: dict[str, Path]

    def document(self, name: str) -> DocumentRecord:
        documents = self.services.ledger.documents.of_dossier(CODE)
        return next(d for d in documents if d.original_name == name)

    def copy(self, name: str) -> Path:
        documents = self.services.ledger.documents
        key = documents.copies(self.document(name).code)[-1].copy.key
        return self.services.settings.home / "store/objects" / key

    def acts(self, name: str) -> set[str]:
        code = self.document(name).code
        return {entry.action for entry in self.services.ledger.audit.entries(code)}


def to_archival(scan: Path) -> bytes:
    with pikepdf.open(scan) as pdf:
        target = scan.with_suffix(".pdfa")
        pikepdf.pdfa.save(pdf, target, "2b", output_intent="sRGB")
    return target.read_bytes()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    base = tmp_path_factory.mktemp("signed-input")
    home = base / "var"
    ca = Ca("CA bên ngoài")
    signer = ca.holder("Sở Tư pháp thử nghiệm")

    def paper(number: int, *, archival: bool) -> bytes:
        scan = scan_pdf(base / f"{number}.pdf", page([*LINES, f"Tờ số {number}"], dpi=150), dpi=150)
        return to_archival(scan) if archival else scan.read_bytes()

    whole = sign(paper(1, archival=True), signer, day(2026))
    contents = {
        "nguyen-ven.pdf": whole,
        "khong-pdfa.pdf": sign(paper(2, archival=False), signer, day(2026)),
        "khoa.pdf": sign(paper(3, archival=True), signer, day(2026), certify=MDPPerm.NO_CHANGES),
        "ma-hoa.pdf": sign(_locked(paper(5, archival=True)), signer, day(2026)),
        "bi-sua.pdf": _changed(sign(paper(4, archival=True), signer, day(2026))),
    }
    folder = home / "intake" / "H31" / CODE
    folder.mkdir(parents=True)
    inputs = {}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        inputs[name] = base / name
        inputs[name].write_bytes(content)
    for holder in (ca.root, ca.issuing):
        TrustStore(home / "trust").add(holder.asn1, "ca", holder.asn1.sha256.hex())
    settings = Settings(
        home=home,
        intake=IntakeSettings(quiet_seconds=0),
        reading=ReadingSettings(workers=1),
    )
    with Services(settings) as services:
        take_settled_once(services)
        (report,) = asyncio.run(digitise(services, [CODE], Silent()))
        yield Done(services, report, inputs)


def _locked(content: bytes) -> bytes:
    """Open to every reader, encrypted against changes."""
    out = BytesIO()
    with pikepdf.open(BytesIO(content)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="bi mat", user=""))
    return out.getvalue()


def _changed(content: bytes) -> bytes:
    """One byte in the middle of the scan."""
    changed = bytearray(content)
    changed[len(content) // 4] ^= 1
    return bytes(changed)


def test_every_paper_ends_as_a_stored_copy_and_every_original_is_kept(done: Done) -> None:
    assert done.report.state is DossierState.DIGITISED
    assert {d.state for d in done.report.documents} == {DocumentState.STORED}
    for name, source in done.inputs.items():
        with done.services.store.fetched(done.document(name).original_key) as kept:
            assert kept.read_bytes() == source.read_bytes()


def test_ours_is_added_to_the_file_itself_where_theirs_stays_whole(done: Done) -> None:
    name = "nguyen-ven.pdf"
    source, copy = done.inputs[name], done.copy(name)
    assert extends(source, copy)
    assert copy.read_bytes()[: source.stat().st_size] == source.read_bytes()
    before, after = (verify(path, done.services.trust) for path in (source, copy))
    theirs, officer, agency = after.signatures
    assert theirs.outcome is before.signatures[0].outcome is Outcome.VALID
    assert after.outcome is Outcome.VALID
    names = (done.services.signatories.officer.name, done.services.signatories.agency.name)
    assert (officer.signer, agency.signer) == names
    assert done.services.check_pdfa(copy).compliant
    assert done.services.ledger.documents.copies(done.document(name).code)[-1].copy.signers == names
    assert "input.countersigned" in done.acts(name)


@pytest.mark.parametrize("name", ["khong-pdfa.pdf", "khoa.pdf", "ma-hoa.pdf", "bi-sua.pdf"])
def test_else_the_file_goes_whole_into_a_pdfa_copy(done: Done, tmp_path: Path, name: str) -> None:
    source, copy = done.inputs[name], done.copy(name)
    assert not extends(source, copy)
    assert "input.attached" in done.acts(name)
    assert verify(copy, done.services.trust).outcome is Outcome.VALID
    assert done.services.check_pdfa(copy).flavour.startswith("3")
    inside = tmp_path / name
    with pikepdf.open(copy) as pdf:
        inside.write_bytes(pdf.attachments[name].get_file().read_bytes())
        assert str(pdf.attachments[name].obj.AFRelationship) == "/Source"
    assert hashlib.sha256(inside.read_bytes()).digest() == _sha256(source)
    outcomes = [verify(path, done.services.trust).outcome for path in (source, inside)]
    assert outcomes[0] is outcomes[1]


def _sha256(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def test_what_was_found_on_arrival_is_on_record_and_told(done: Done) -> None:
    for name in done.inputs:
        (noted,) = done.document(name).input_signatures or []
        assert noted["field"] == "ChuKy"
        assert "input.judged" in done.acts(name)
    told = {
        document.file: [p.code for p in document.problems] for document in done.report.documents
    }
    # Revocation is required by default, and these papers carry none; the changed one is worse.
    assert told == {name: ["input_signature"] for name in done.inputs}
    changed = done.document("bi-sua.pdf").input_signatures or []
    assert changed[0]["outcome"] == "INVALID_CHANGED"
    assert changed[0]["reasons"][0] == "DIGEST_MISMATCH"


def test_the_time_of_signing_is_a_hint_unless_the_paper_was_changed(done: Done) -> None:
    from flows.signed_input import signing_hints

    hints = {name: signing_hints(done.services, done.document(name)) for name in done.inputs}
    assert hints.pop("bi-sua.pdf") == {}
    for hint in hints.values():
        assert dt.datetime.fromisoformat(hint["signed_at"]).utcoffset() == dt.timedelta(hours=7)


def test_a_countersigned_copy_stored_by_a_killed_run_is_found_again(
    done: Done, tmp_path: Path
) -> None:
    from flows.storing import adopt_stored

    name = "nguyen-ven.pdf"
    document = done.document(name)
    key = done.services.ledger.documents.copies(document.code)[-1].copy.key
    found = adopt_stored(done.services, document, key, done.inputs[name], tmp_path)
    assert found is not None
    assert found.signers == (
        done.services.signatories.officer.name,
        done.services.signatories.agency.name,
    )
    assert found.pdfa.startswith("2")
