"""What is taken in and what is refused, by content, whatever the name says."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dossiers.errors import (
    DamagedFile,
    EmptyFile,
    InputError,
    NotADocument,
    PasswordProtected,
    TooLarge,
)
from dossiers.settings import IntakeSettings
from extractors.page_image import load_page
from extractors.sources import Kind, inspect
from fixtures.broken import bomb_png, empty, password_pdf, text_named_pdf
from tests.extractors.pictures import page, scan_pdf

LIMITS = IntakeSettings()


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jpg", Kind.JPEG), ("a.png", Kind.PNG), ("a.tif", Kind.TIFF)]
)
def test_formats_are_known_by_content(tmp_path: Path, name: str, kind: Kind) -> None:
    page(dpi=75).save(tmp_path / name)
    lying = tmp_path / "lying.pdf"
    (tmp_path / name).rename(lying)
    info = inspect(lying, LIMITS)
    assert (info.kind, info.page_count, info.signed) == (kind, 1, False)


def test_every_page_of_a_tiff_counts(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    sheets = [page(dpi=75).convert("1") for _ in range(3)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], compression="group4")
    assert inspect(path, LIMITS).page_count == 3


def test_each_fault_has_its_own_error_that_names_the_file(tmp_path: Path) -> None:
    good = scan_pdf(tmp_path / "good.pdf", page(dpi=75), dpi=75)
    cut = tmp_path / "cắt cụt.pdf"
    cut.write_bytes(good.read_bytes()[:-800])
    cases = {
        empty(tmp_path / "rỗng.pdf"): EmptyFile,
        text_named_pdf(tmp_path / "chữ.pdf"): NotADocument,
        password_pdf(good, tmp_path / "khóa.pdf"): PasswordProtected,
        bomb_png(tmp_path / "bom.png"): TooLarge,
        cut: DamagedFile,
    }
    for path, kind in cases.items():
        with pytest.raises(kind) as caught:
            inspect(path, LIMITS)
        assert path.name in caught.value.message()


def test_a_pdf_with_only_an_owner_password_is_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "owner.pdf"
    with pikepdf.open(scan_pdf(tmp_path / "good.pdf", page(dpi=75), dpi=75)) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user=""))
    assert inspect(path, LIMITS).page_count == 1


def test_an_image_inside_a_pdf_is_judged_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pdf"
    with pikepdf.open(scan_pdf(tmp_path / "good.pdf", page(dpi=75), dpi=75)) as pdf:
        pdf.pages[0].Resources.XObject.Im0.Width = 100_000
        pdf.save(path)
    with pytest.raises(TooLarge):
        inspect(path, LIMITS)


def test_a_truncated_jpeg_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    page(dpi=75).save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DamagedFile):
        inspect(path, LIMITS)


def with_form(source: Path, form: str, path: Path) -> Path:
    """The PDF with this text as its /AcroForm; ``{sig}`` is a field that holds a signature."""
    sig = "<< /FT /Sig /V << /Type /Sig >> >>"
    with pikepdf.open(source) as pdf:
        pdf.Root.AcroForm = pikepdf.Object.parse(form.replace("{sig}", sig).encode())
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("form", "signed"),
    [
        ("5", False),
        ("[ 5 ]", False),
        ("<< /Fields 5 >>", False),
        ("<< /Fields [5] >>", False),
        ("<< /Fields [null] >>", False),
        ("<< /Fields [ << /Kids 7 >> << /Kids [ null /x ] >> ] >>", False),
        ("<< /Fields [ 5 null {sig} ] >>", True),
        ("<< /Fields [ << /FT /Sig /Kids [ 5 << /V << >> >> ] >> ] >>", True),
    ],
)
def test_a_damaged_form_has_the_fields_that_can_be_found(
    tmp_path: Path, form: str, signed: bool
) -> None:
    good = scan_pdf(tmp_path / "good.pdf", page(dpi=75), dpi=75)
    assert inspect(with_form(good, form, tmp_path / "x.pdf"), LIMITS).signed is signed


ANYTHING = st.recursive(
    st.sampled_from(["5", "null", "true", "/Sig", "(x)", "<< >>", "[ ]", "{sig}", "-1.5"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[ {' '.join(items)} ]"),
        st.lists(
            st.tuples(st.sampled_from(["/Fields", "/Kids", "/FT", "/V", "/Parent"]), inner),
            max_size=3,
            unique_by=lambda entry: entry[0],
        ).map(lambda entries: f"<< {' '.join(f'{key} {value}' for key, value in entries)} >>"),
    ),
    max_leaves=12,
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    form=st.one_of(
        ANYTHING.filter(lambda form: form != "null"),
        ANYTHING.map(lambda fields: f"<< /Fields {fields} >>"),
    )
)
def test_any_form_is_inspected_or_a_named_error(tmp_path: Path, form: str) -> None:
    good = tmp_path / "good.pdf"
    if not good.exists():
        scan_pdf(good, page(dpi=75), dpi=75)
    damaged = with_form(good, form, tmp_path / "x.pdf")
    try:
        inspect(damaged, LIMITS)
    except InputError as error:
        assert error.message()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.binary(max_size=400),
    head=st.sampled_from([b"", b"%PDF-1.4\n", b"II*\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]),
)
def test_any_bytes_are_a_document_or_a_named_error(
    tmp_path: Path, content: bytes, head: bytes
) -> None:
    path = tmp_path / "x"
    path.write_bytes(head + content)
    try:
        inspect(path, LIMITS)
    except InputError as error:
        assert error.message()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_all_kinds_of_pixels_become_grey_ink_on_white(tmp_path: Path, mode: str) -> None:
    image = page(dpi=75).convert("L")
    image = image.convert("I").point(lambda v: v * 256) if mode == "I;16" else image.convert(mode)
    path = tmp_path / ("a.tif" if mode in ("CMYK", "I;16") else "a.png")
    image.save(path)
    grey = load_page(path, 1, LIMITS).grey
    assert grey.dtype == "uint8"
    assert grey[5, 5] > 240
    assert grey.min() < 100


@pytest.mark.parametrize(
    ("dpi", "expected"),
    [((300, 300), 2480 * 72 / 300), ((1, 1), 595.2), (None, 595.2), ((72, 72), 595.2)],
)
def test_a_missing_or_absurd_resolution_means_a4(
    tmp_path: Path, dpi: tuple[int, int] | None, expected: float
) -> None:
    path = tmp_path / "a.png"
    image = Image.new("L", (2480, 3508), 255)
    image.save(path, **({"dpi": dpi} if dpi else {}))
    assert load_page(path, 1, LIMITS).width == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_page_is_seen_as_displayed(tmp_path: Path, rotate: int) -> None:
    image = page(dpi=100)
    turned = image.rotate(rotate, expand=True)  # anticlockwise; /Rotate turns it back
    path = scan_pdf(tmp_path / "a.pdf", turned, rotate, dpi=100)
    seen = load_page(path, 1, LIMITS)
    assert seen.grey.shape == (image.height, image.width)
    assert (seen.width, seen.height) == pytest.approx((image.width * 0.72, image.height * 0.72))
    upper, lower = seen.grey[: image.height // 2], seen.grey[image.height // 2 :]
    assert (upper < 128).sum() > (lower < 128).sum()


def test_exif_orientation_is_respected(tmp_path: Path) -> None:
    image = page(dpi=100)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by a quarter to display
    path = tmp_path / "phone.jpg"
    image.rotate(90, expand=True).save(path, exif=exif, dpi=(100, 100))
    seen = load_page(path, 1, LIMITS)
    assert seen.grey.shape == (image.height, image.width)
    assert seen.width < seen.height
