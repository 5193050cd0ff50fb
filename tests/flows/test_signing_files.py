"""Named files are signed: once two judges agree, and only where the signatures of others stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm

from dossiers.clock import VIETNAM
from dossiers.dossier import FormOfCopy
from dossiers.errors import (
    AlreadySigned,
    BrokenBefore,
    ClosedToSignatures,
    DamagedFile,
    Language,
    SignatureRejected,
    SohoaError,
)
from dossiers.settings import Settings
from flows.services import Services
from flows.signing_files import SignedByUs, sign_file
from signing.appearance import Appearance
from signing.levels import Level
from signing.validation import Outcome, TrustStore, verify
from tests.signing import attacks
from tests.signing.authority import Ca, day, plain, sign
from tests.signing.revisions import updated

LOOK = Appearance(
    FormOfCopy.TRUE_COPY, "UBND tỉnh", dt.datetime.now(VIETNAM).replace(microsecond=0)
)
CA = Ca("CA bên ngoài", site=None)
SIGNER = CA.holder("Sở Tư pháp thử nghiệm")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with Services(Settings(home=tmp_path_factory.mktemp("home") / "var")) as opened:
        trusted = TrustStore(opened.settings.trust_folder)
        for holder in (CA.root, CA.issuing):
            trusted.add(holder.asn1, "ca", holder.asn1.sha256.hex())
        yield opened


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def signed(services: Services, source: Path, target: Path, level: Level = Level.B_B) -> SignedByUs:
    return sign_file(services, source, target, LOOK, type_code=None, level=level)


def test_signatures_of_others_stay_valid_beside_ours(services: Services, tmp_path: Path) -> None:
    content = sign(plain(), SIGNER, day(2026))
    source, out = written(tmp_path / "goc.pdf", content), tmp_path / "out.pdf"
    done = signed(services, source, out, Level.B_LTA)
    assert done.others == ("Sở Tư pháp thử nghiệm",)
    assert out.read_bytes().startswith(content)
    report = verify(out, services.trust)
    assert [s.outcome for s in report.signatures] == [Outcome.VALID] * 3


def refused(services: Services, source: Path, kind: type[SohoaError]) -> SohoaError:
    """The error; the file that was there before stays."""
    target = written(source.with_name("ra.pdf"), b"the earlier one")
    with pytest.raises(kind) as caught:
        signed(services, source, target)
    assert target.read_bytes() == b"the earlier one"
    assert source.name in caught.value.message()
    assert source.name in caught.value.message(Language.ENGLISH)
    return caught.value


@pytest.mark.parametrize("permission", list(MDPPerm))
def test_what_others_have_closed_is_refused_before_a_key_is_touched(
    services: Services, tmp_path: Path, permission: MDPPerm
) -> None:
    content = sign(plain(), SIGNER, day(2026), certify=permission)
    error = refused(services, written(tmp_path / "khoa.pdf", content), ClosedToSignatures)
    assert f"P={permission.value}" in error.message()


def test_nothing_is_signed_twice_by_us(services: Services, tmp_path: Path) -> None:
    once = tmp_path / "mot.pdf"
    done = signed(services, written(tmp_path / "goc.pdf", plain()), once)
    assert done.others == ()
    assert "SohoaCanBo" in refused(services, once, AlreadySigned).message()


def test_nothing_is_put_on_top_of_a_broken_signature(services: Services, tmp_path: Path) -> None:
    forged = written(tmp_path / "gia.pdf", attacks.saving_other_content())
    assert "bị thay đổi" in refused(services, forged, BrokenBefore).message()


@pytest.mark.parametrize("form", ["5", "<< /Fields 7 >>", "<< /Fields [ 5 << /Kids 3 >> ] >>"])
def test_a_damaged_form_is_signed_or_a_named_error(
    services: Services, tmp_path: Path, form: str
) -> None:
    source = tmp_path / "hong.pdf"
    with pikepdf.open(written(tmp_path / "plain.pdf", plain())) as pdf:
        pdf.Root.AcroForm = pikepdf.Object.parse(form.encode())
        pdf.save(source)
    try:
        signed(services, source, tmp_path / "out.pdf")
    except SohoaError as error:
        assert source.name in error.message()
        assert not (tmp_path / "out.pdf").exists()


def boxed(path: Path, media: list[float], crop: list[float]) -> Path:
    with pikepdf.open(written(path.with_name("plain.pdf"), plain())) as pdf:
        pdf.pages[0].MediaBox, pdf.pages[0].CropBox = pikepdf.Array(media), pikepdf.Array(crop)
        pdf.save(path)
    return path


A4 = [0, 0, 595, 842]


@pytest.mark.parametrize(
    ("media", "crop"),
    [
        (A4, [700, 900, 900, 1000]),
        (A4, [595, 0, 900, 842]),
        (A4, [100, 100, 100, 100]),
        ([0, 0, 0, 0], A4),
    ],
)
def test_a_page_of_which_nothing_is_shown_is_refused(
    services: Services, tmp_path: Path, media: list[float], crop: list[float]
) -> None:
    error = refused(services, boxed(tmp_path / "khung.pdf", media, crop), DamagedFile)
    assert "CropBox" in error.message()


@pytest.mark.parametrize("crop", [[-100, -100, 700, 900], [100, 300, 700, 1000], [700, 900, 0, 0]])
def test_what_is_shown_is_the_part_inside_the_media_box(
    services: Services, tmp_path: Path, crop: list[float]
) -> None:
    out = tmp_path / "out.pdf"
    signed(services, boxed(tmp_path / "khung.pdf", A4, crop), out)
    with pikepdf.open(out) as pdf:
        x0, y0, x1, y1 = (float(side) for side in pdf.pages[0].Annots[-1].Rect)
    assert 0 <= x0 < x1 <= 595
    assert 0 <= y0 < y1 <= 842


def test_a_file_that_the_second_judge_denies_is_not_handed_out(
    services: Services, tmp_path: Path
) -> None:
    """A file that somebody's signature was taken out of: as it stands it is unsigned."""

    def take_out(writer: IncrementalPdfFileWriter) -> None:
        del writer.root["/AcroForm"]
        writer.update_root()

    source = written(tmp_path / "go.pdf", updated(sign(plain(), SIGNER, day(2026)), take_out))
    error = refused(services, source, SignatureRejected)
    assert "taken out" in error.message()
