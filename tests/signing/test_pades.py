"""Two signatures and the visible text, judged by two renderers, by veraPDF and by our validation."""

from __future__ import annotations

import dataclasses
import datetime as dt
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copies.conformance import Validator
from dossiers.errors import DamagedFile, PasswordProtected
from signing.appearance import Appearance
from signing.keys import Signatories
from signing.levels import Level
from signing.pades import sign_copy
from signing.validation import Outcome, verify
from tests.signing.conftest import MOMENT, blank_pdfa


@pytest.fixture
def signed(tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path) -> Path:
    out = tmp_path / "signed.pdf"
    sign_copy(blank_pdfa(tmp_path / "plain.pdf"), out, signatories, appearance, cache)
    return out


def ink_box(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Where there is ink, as shares of width and height: left, top, right, bottom."""
    rows, columns = np.where(picture < 128)
    height, width = picture.shape
    return columns.min() / width, rows.min() / height, columns.max() / width, rows.max() / height


def by_pdfium(path: Path) -> np.ndarray:
    with pdfium.PdfDocument(path) as document:
        document.init_forms()
        image = document[0].render(scale=2, may_draw_forms=True).to_pil().convert("L")
    return np.asarray(image)


def test_officer_and_agency_sign_and_everything_validates(
    signed: Path, signatories: Signatories
) -> None:
    report = verify(signed, signatories.trust_roots)
    assert report.outcome is Outcome.VALID
    officer, agency = report.signatures
    assert (officer.signer, agency.signer) == (signatories.officer.name, signatories.agency.name)
    assert agency.whole_document
    assert not officer.whole_document
    assert officer.signed_at == MOMENT
    with pikepdf.open(signed) as pdf:
        fields = list(pdf.Root.AcroForm.Fields)
        assert all(str(f.V.SubFilter) == "/ETSI.CAdES.detached" for f in fields)
        assert all(str(f.V.M).startswith("D:20261123090507+07") for f in fields)
        transform = pdf.Root.Perms.DocMDP.Reference[0].TransformParams
        assert int(transform.P) == 2


def test_the_report_tells_what_was_written(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    out = tmp_path / "out.pdf"
    report = sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, signatories, appearance, cache)
    assert report.level is Level.B_B
    assert report.size == out.stat().st_size
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_the_text_makes_way_for_ink(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    frame = b"0 g 380 700 200 140 re f"
    out = tmp_path / "out.pdf"
    sign_copy(blank_pdfa(tmp_path / "p.pdf", ink=frame), out, signatories, appearance, cache)
    picture = by_pdfium(out).copy()
    height, width = picture.shape
    picture[: round(0.17 * height), round(0.635 * width) :] = 255
    left, _, right, bottom = ink_box(picture)
    assert right < 0.64 or bottom > 0.17
    assert left > 0.2


@pytest.mark.parametrize("size", [(595, 842), (1191, 842), (150, 100), (200, 3000)])
def test_long_names_and_odd_pages_keep_the_text_on_the_page(
    tmp_path: Path, signatories: Signatories, cache: Path, size: tuple[int, int]
) -> None:
    long = "Trung tâm Phục vụ hành chính công và Kiểm soát thủ tục hành chính tỉnh Hưng Yên"
    appearance = dataclasses.replace(_plain(), agency=long)
    out = tmp_path / "out.pdf"
    sign_copy(blank_pdfa(tmp_path / "p.pdf", size=size), out, signatories, appearance, cache)
    with pikepdf.open(out) as pdf:
        rectangle = [float(n) for n in pdf.Root.AcroForm.Fields[0].Rect]
    assert rectangle[0] >= 0
    assert rectangle[1] >= 0
    assert rectangle[2] <= size[0]
    assert rectangle[3] <= size[1]


def _plain() -> Appearance:
    from dossiers.dossier import FormOfCopy

    return Appearance(FormOfCopy.TRUE_COPY, "UBND", MOMENT)


def test_signed_files_stay_pdfa(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    with Validator() as vera:
        for rotate in (0, 90):
            out = tmp_path / f"{rotate}.pdf"
            source = blank_pdfa(tmp_path / "p.pdf", rotate)
            sign_copy(source, out, signatories, appearance, cache)
            result = vera.check(out)
            assert result.compliant, result.failures


def test_files_that_cannot_be_signed_leave_nothing_behind(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    locked, broken, out = tmp_path / "l.pdf", tmp_path / "b.pdf", tmp_path / "out.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    broken.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(PasswordProtected):
        sign_copy(locked, out, signatories, appearance, cache)
    with pytest.raises(DamagedFile):
        sign_copy(broken, out, signatories, appearance, cache)
    assert not out.exists()


# --- validation ------------------------------------------------------------------------------


def test_unsigned_untrusted_and_damaged_files_get_their_own_verdicts(
    tmp_path: Path, signed: Path, signatories: Signatories
) -> None:
    roots = signatories.trust_roots
    assert verify(blank_pdfa(tmp_path / "p.pdf"), roots).outcome is Outcome.NOT_SIGNED
    assert verify(signed, []).outcome is Outcome.UNTRUSTED_CA
    for content in (b"", b"not a pdf", signed.read_bytes()[:9000]):
        path = tmp_path / "x.pdf"
        path.write_bytes(content)
        assert verify(path, roots).outcome is Outcome.INVALID_CHANGED


def test_once_the_certificate_has_expired_the_signers_word_for_the_time_is_not_enough(
    tmp_path: Path, signatories: Signatories, cache: Path
) -> None:
    now = dataclasses.replace(_plain(), at=dt.datetime.now(dt.UTC))
    out = tmp_path / "out.pdf"
    sign_copy(blank_pdfa(tmp_path / "p.pdf"), out, signatories, now, cache)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=365 * 4)
    report = verify(out, signatories.trust_roots, at=later)
    assert report.outcome is Outcome.INDETERMINATE
    assert "TIME_NOT_PROVEN" in [reason.code for reason in report.signatures[0].reasons]


def test_what_is_drawn_after_signing_is_refused(
    tmp_path: Path, signed: Path, signatories: Signatories
) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed.read_bytes()))
    forged = writer.add_object(generic.StreamObject(stream_data=b"0 g 100 100 300 300 re f"))
    writer.add_stream_to_page(0, forged)
    path = tmp_path / "forged.pdf"
    with path.open("wb") as file:
        writer.write(file)
    report = verify(path, signatories.trust_roots)
    assert report.outcome is Outcome.INVALID_CHANGED
    assert not report.ok


def test_an_annotation_laid_over_a_signed_page_is_refused(
    tmp_path: Path, signed: Path, signatories: Signatories
) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed.read_bytes()))
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(
                [generic.NumberObject(n) for n in (0, 0, 500, 500)]
            ),
            generic.pdf_name("/Contents"): generic.pdf_string("forged"),
        }
    )
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])
    path = tmp_path / "forged.pdf"
    with path.open("wb") as file:
        writer.write(file)
    assert verify(path, signatories.trust_roots).outcome is Outcome.INVALID_CHANGED


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_changed_file_is_never_valid_and_never_a_crash(
    tmp_path: Path, signed: Path, signatories: Signatories, data: st.DataObject
) -> None:
    content = bytearray(signed.read_bytes())
    # The cross-reference section at the end says what all the rest is.
    tail = st.integers(len(content) - 700, len(content) - 1)
    at = data.draw(st.one_of(st.integers(0, len(content) - 1), tail))
    how = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    if how == "flip":
        content[at] ^= data.draw(st.integers(1, 255))
    elif how == "cut":
        del content[at:]
    else:
        content[at:at] = data.draw(st.binary(min_size=1, max_size=30))
    path = tmp_path / "fuzzed.pdf"
    path.write_bytes(content)
    report = verify(path, signatories.trust_roots)
    if how == "flip" and _inside_padding(signed.read_bytes(), at):
        return  # zeros after the CMS, which no signature covers or needs
    if how == "cut" and content.rstrip().endswith(b"%%EOF"):
        return  # cut where an earlier revision ends, it is that revision
    if content.rstrip() == signed.read_bytes().rstrip():
        return  # a line end more after the end mark
    assert not report.ok


def _inside_padding(content: bytes, at: int) -> bool:
    """Whether a byte lies in a /Contents string, the only bytes that a signature leaves out."""
    start = content.rfind(b"<30", 0, at + 4)
    return start >= 0 and content.find(b">", start) >= at
