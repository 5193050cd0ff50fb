"""What may be certified: scans and electronic originals that are whole; no copies, nothing forged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from copies.archival import make_copy
from dossiers.certification import RegisterKey
from dossiers.clock import VIETNAM
from dossiers.dossier import CopyMetadata, DossierHead, FormOfCopy
from dossiers.errors import CopyOfACopy, Language, SignerUnknown, SohoaError, UnsoundOriginal
from dossiers.reading import DocumentReading, TypeMatch
from dossiers.settings import Settings
from flows.certifying import CertificationRequest, certify
from flows.originals import judge_original
from flows.sealing import seal
from flows.services import Services
from signing.appearance import Appearance, AttachmentAppearance, Look
from signing.validation import Outcome, TrustStore
from tests.copies import makers
from tests.signing import attacks
from tests.signing.authority import Ca, day, plain, sign

NOW = dt.datetime.now(VIETNAM).replace(microsecond=0)
CA = Ca("CA bên ngoài", site=None)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with Services(Settings(home=tmp_path_factory.mktemp("home") / "var")) as opened:
        trusted = TrustStore(opened.settings.trust_folder)
        for holder in (CA.root, CA.issuing, attacks.authority().root, attacks.authority().issuing):
            trusted.add(holder.asn1, "ca", holder.asn1.sha256.hex())
        yield opened


def whole() -> bytes:
    return sign(plain(), CA.holder("Sở Tư pháp thử nghiệm"), day(2026))


def flipped(content: bytes) -> bytes:
    """A digit of the page's rectangle, so that the file is read as before."""
    at = content.index(b"100 700 200 20 re")
    return content[:at] + b"3" + content[at + 1 :]


def scanned(path: Path) -> Path:
    makers.scan_pdf(path, jpeg=makers.encoded(makers.picture(), "JPEG"))
    return path


def request_of(source: Path, *, extract: bool = False) -> CertificationRequest:
    reading = DocumentReading(source.name, (makers.page(),), TypeMatch(None, 0), {}, ())
    return CertificationRequest(source, reading, "Lê Văn Ví Dụ", NOW, extract, "TLKS-BS")


def refused(services: Services, source: Path, kind: type[SohoaError]) -> SohoaError:
    """The error, which came before any number was taken."""
    for extract in (False, True):
        with pytest.raises(kind) as caught:
            certify(services, request_of(source, extract=extract), source.with_name("out.pdf"))
        assert source.name in caught.value.message()
        assert source.name in caught.value.message(Language.ENGLISH)
    for symbol in ("SCT/BS", "TLKS-BS"):
        book = RegisterKey(services.agency.code, NOW.year, symbol)
        assert services.ledger.register.entries(book) == []
    assert not source.with_name("out.pdf").exists()
    return caught.value


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_scans_and_signed_originals_are_judged(services: Services, tmp_path: Path) -> None:
    scan = scanned(tmp_path / "scan.pdf")
    picture = tmp_path / "scan.png"
    makers.picture().save(picture)
    assert judge_original(services, scan) is None
    assert judge_original(services, picture) is None
    report = judge_original(services, written(tmp_path / "goc.pdf", whole()))
    assert report is not None
    assert report.outcome is Outcome.VALID


@pytest.mark.parametrize(
    "forged", [lambda: flipped(whole()), attacks.saving_other_content], ids=["flipped", "added"]
)
def test_a_forged_file_gets_no_number(services: Services, tmp_path: Path, forged: object) -> None:
    assert callable(forged)
    error = refused(services, written(tmp_path / "gia.pdf", forged()), UnsoundOriginal)
    assert "đã bị thay đổi sau khi ký" in error.message()
    assert "changed" in error.message(Language.ENGLISH)


def test_a_signer_nobody_vouches_for_gets_no_number(services: Services, tmp_path: Path) -> None:
    stranger = Ca("CA tự xưng", site=None).holder("UBND tỉnh tự xưng")
    source = written(tmp_path / "la.pdf", sign(plain(), stranger, day(2026)))
    error = refused(services, source, SignerUnknown)
    assert "UBND tỉnh tự xưng" in error.message()
    assert "sohoa trust import" in error.message()


def test_what_is_merely_not_proven_is_certified_with_the_verdict(
    services: Services, tmp_path: Path
) -> None:
    """An old signature without a time stamp, whose certificate has run out since."""
    old = CA.holder("Sở cũ", (day(2018), day(2020)))
    report = judge_original(services, written(tmp_path / "cu.pdf", sign(plain(), old, day(2019))))
    assert report is not None
    assert report.outcome is Outcome.INDETERMINATE


def our_copy(services: Services, folder: Path) -> Path:
    scan = scanned(folder / "scan.pdf")
    reading = DocumentReading("scan.pdf", (makers.page(),), TypeMatch(None, 0), {}, ())
    head = DossierHead("H31-261123-0001", services.agency)
    metadata = CopyMetadata("x", head, FormOfCopy.TRUE_COPY, "scan.pdf", "0" * 64, NOW)
    make_copy(scan, reading, metadata, folder / "sao.pdf")
    return folder / "sao.pdf"


def test_our_own_copy_is_no_original_signed_or_not(services: Services, tmp_path: Path) -> None:
    unsigned, signed = our_copy(services, tmp_path), tmp_path / "sao-y.pdf"
    seal(services, unsigned, signed, Appearance(FormOfCopy.TRUE_COPY, "UBND tỉnh", NOW))
    for source in (unsigned, signed):
        assert "Sao y" in refused(services, source, CopyOfACopy).message()


@pytest.mark.parametrize("rotate", [0, 90])
@pytest.mark.parametrize(
    ("look", "copy"),
    [
        (Appearance(FormOfCopy.TRUE_COPY, "UBND tỉnh", NOW), True),
        (AttachmentAppearance("15/QĐ-UBND", NOW), False),
    ],
    ids=["copy", "attachment"],
)
def test_an_original_that_we_countersigned_as_a_copy_is_one(
    services: Services, tmp_path: Path, look: Look, copy: bool, rotate: int
) -> None:
    turned = tmp_path / "turned.pdf"
    with pikepdf.open(written(tmp_path / "plain.pdf", plain())) as pdf:
        pdf.pages[0].Rotate = rotate
        pdf.save(turned)
    theirs = sign(turned.read_bytes(), CA.holder("Sở Tư pháp thử nghiệm"), day(2026))
    out = tmp_path / "out-of-ours.pdf"
    seal(services, written(tmp_path / "goc.pdf", theirs), out, look, countersign=True)
    if copy:
        refused(services, out, CopyOfACopy)
    else:
        assert judge_original(services, out) is not None
