"""Where the ink of a visible signature lies, by two renderers that know nothing of each other."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pikepdf.pdfa
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from copies.conformance import Validator
from dossiers.dossier import FormOfCopy
from dossiers.errors import DamagedFile, NoRoomForSignature
from dossiers.reading import Box
from signing.appearance import Appearance, AttachmentAppearance, Look, ResultAppearance
from signing.fonts import find_font
from signing.keys import Signatories
from signing.pades import sign_copy
from signing.page_space import PageSpace
from signing.pictures import PictureKind, load_picture
from signing.sign_off import SignOff, find_sign_off
from signing.validation import verify
from tests.signing.conftest import AGENCY, MOMENT
from tests.signing.ink import decision, seal_picture, signature_picture

DPI = 144
ENGINES = ["pdfium", "poppler"]


def picture(path: Path, engine: str, page: int = 0, unit: float = 1) -> np.ndarray:
    """A page as displayed, RGB at 144 dpi; neither engine knows the UserUnit, so it is told."""
    dpi = DPI * unit
    if engine == "pdfium":
        with pdfium.PdfDocument(path) as document:
            document.init_forms()
            drawn = document[page].render(scale=dpi / 72, may_draw_forms=True)
            return np.asarray(drawn.to_pil().convert("RGB"), dtype=np.int16)
    number = str(page + 1)
    command = ["pdftoppm", "-r", str(dpi), "-cropbox", "-f", number, "-l", number, path]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.asarray(Image.open(BytesIO(done.stdout)).convert("RGB"), dtype=np.int16)


@dataclass(frozen=True)
class Ink:
    """What signing drew: its box in points from the top left, and the picture of it."""

    box: Box
    crop: np.ndarray
    page: tuple[float, float]


def new_ink(before: np.ndarray, after: np.ndarray) -> Ink:
    rows, columns = np.where(np.abs(after - before).max(axis=2) > 60)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    box = Box(*(float(side) * 72 / DPI for side in (left, top, right, bottom)))
    height, width = after.shape[:2]
    return Ink(box, after[top:bottom, left:right], (width * 72 / DPI, height * 72 / DPI))


def assert_nothing_is_covered(before: np.ndarray, after: np.ndarray) -> None:
    """What was dark is dark still, within the blur of an edge."""
    dark = before.max(axis=2) < 90
    assert (after.max(axis=2)[dark] < 130).mean() > 0.999


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures, shifted by two pixels at most."""
    wider = cv2.copyMakeBorder(one.astype(np.float32), 4, 4, 4, 4, cv2.BORDER_REPLICATE)
    inner = other[3:-3, 3:-3].astype(np.float32)
    return float(cv2.matchTemplate(wider, inner, cv2.TM_CCOEFF_NORMED).max())


@dataclass(frozen=True)
class Sheet:
    """A page that shows the same whatever its turn, boxes and unit: 420 x 595 points, a head line."""

    rotate: int = 0
    origin: tuple[float, float] = (0, 0)
    border: float = 0  # of the media box around the crop box
    unit: float = 1

    def write(self, path: Path) -> Path:
        width, height = 420 / self.unit, 595 / self.unit
        x, y = self.origin
        turn = {
            0: (1, 0, 0, 1, x, y), 90: (0, 1, -1, 0, x + height, y),
            180: (-1, 0, 0, -1, x + width, y + height), 270: (0, -1, 1, 0, x, y + width),
        }[self.rotate]  # fmt: skip
        across, along = (height, width) if self.rotate % 180 else (width, height)
        u = self.unit
        head = f"0 g {40 / u} {500 / u} {340 / u} {14 / u} re f {40 / u} {60 / u} 300 2 re f"
        with pikepdf.new() as pdf:
            page = pdf.add_blank_page(page_size=(across, along))
            page.obj.Contents = pdf.make_stream(
                f"q {' '.join(map(str, turn))} cm {head} Q".encode()
            )
            b = self.border
            page.obj.MediaBox = pikepdf.Array([x - b, y - b, x + across + b, y + along + b])
            if b:
                page.obj.CropBox = pikepdf.Array([x, y, x + across, y + along])
            page.obj.Rotate = self.rotate
            if u != 1:
                page.obj.UserUnit = u
            pikepdf.pdfa.save(pdf, path, "3b", output_intent="sRGB")
        return path


SHEETS = {
    "plain": Sheet(),
    "media box elsewhere": Sheet(origin=(-150, 75)),
    "crop box inside": Sheet(origin=(30, -40), border=50),
    "unit of 2 points": Sheet(unit=2),
}
TURNS = [0, 90, 180, 270]


def turned(sheet: Sheet, rotate: int) -> Sheet:
    return Sheet(rotate, sheet.origin, sheet.border, sheet.unit)


@pytest.fixture(scope="module")
def validator() -> Validator:
    with Validator() as warm:
        yield warm


@pytest.fixture(scope="module")
def reference(
    tmp_path_factory: pytest.TempPathFactory, signatories: Signatories, cache: Path
) -> dict[str, Ink]:
    """The stamp on the plain page, by each engine."""
    folder = tmp_path_factory.mktemp("reference")
    source, out = SHEETS["plain"].write(folder / "s.pdf"), folder / "o.pdf"
    sign_copy(
        source, out, signatories, Appearance(FormOfCopy.TRUE_COPY, AGENCY.name, MOMENT), cache
    )
    return {name: new_ink(picture(source, name), picture(out, name)) for name in ENGINES}


@pytest.mark.parametrize("rotate", TURNS)
@pytest.mark.parametrize("kind", SHEETS)
def test_the_stamp_of_a_copy_stands_upright_at_the_top_right_on_any_page(
    tmp_path: Path, signatories: Signatories, cache: Path, reference: dict[str, Ink],
    validator: Validator, appearance: Appearance, kind: str, rotate: int,
) -> None:  # fmt: skip
    sheet = turned(SHEETS[kind], rotate)
    source, out = sheet.write(tmp_path / "s.pdf"), tmp_path / "o.pdf"
    sign_copy(source, out, signatories, appearance, cache)
    for engine in ENGINES:
        before = picture(source, engine, unit=sheet.unit)
        after = picture(out, engine, unit=sheet.unit)
        ink = new_ink(before, after)
        assert ink.page == pytest.approx((420, 595), abs=1)
        # Right edge a margin from the paper's, in the top margin, three lines of 12 points.
        assert 420 - ink.box.x1 == pytest.approx(0.034 * 420 + 2, abs=1.5)
        assert ink.box.y0 < 14
        assert 28 < ink.box.height < 36
        assert_nothing_is_covered(before, after)
        # Upright and of one size: the same picture as on the plain page.
        assert ink.crop.shape == pytest.approx(reference[engine].crop.shape, abs=2)
        assert alike(ink.crop, reference[engine].crop) > 0.75
    assert validator.check(out).compliant


def test_alike_tells_upright_from_turned(reference: dict[str, Ink]) -> None:
    for ink in reference.values():
        assert alike(ink.crop, ink.crop) > 0.99
        assert alike(ink.crop[::-1, ::-1], ink.crop) < 0.5


@pytest.mark.parametrize("rotate", TURNS)
def test_signature_and_seal_stand_in_true_size_in_the_sign_off_block(
    tmp_path: Path, signatories: Signatories, cache: Path, validator: Validator, rotate: int
) -> None:
    source = decision(tmp_path / "s.pdf", rotate, (30, -50) if rotate else (0, 0))
    out = tmp_path / "o.pdf"
    sign_copy(source, out, signatories, result_look(tmp_path), cache)
    for engine in ENGINES:
        before, after = picture(source, engine), picture(out, engine)
        assert_nothing_is_covered(before, after)
        seal = coloured(before, after, "red")
        signature = coloured(before, after, "blue")
        # 36 mm are 102.05 points, to the pixel (half a point).
        assert seal.width == pytest.approx(36 * 72 / 25.4, abs=1)
        assert seal.height == pytest.approx(36 * 72 / 25.4, abs=1)
        # Between the position (ends at 208 mm) and the name (begins at 237 mm), on their centre.
        assert 205 * 72 / 25.4 < signature.y0 < signature.y1 < 240 * 72 / 25.4
        assert signature.centre[0] == pytest.approx(148.5 * 72 / 25.4, abs=2)
        assert seal.centre[1] == pytest.approx(signature.centre[1], abs=2)
        # The seal lies over a third of the signature, on its left.
        share = (seal.x1 - signature.x0) / signature.width
        assert share == pytest.approx(1 / 3, abs=0.02)
        assert (picture(source, engine, 1) == picture(out, engine, 1)).all()
    assert validator.check(out).compliant
    assert verify(out, signatories.trust_roots).ok


def result_look(folder: Path, place: SignOff | None = None) -> ResultAppearance:
    signature = signature_picture(folder / "signature.png")
    seal = seal_picture(folder / "seal.png")
    return ResultAppearance(
        load_picture(signature, PictureKind.SIGNATURE),
        load_picture(seal, PictureKind.SEAL),
        MOMENT,
        place,
    )


def test_a_seal_is_as_large_where_a_unit_is_two_points(
    tmp_path: Path, signatories: Signatories, cache: Path
) -> None:
    source, out = (
        turned(SHEETS["unit of 2 points"], 90).write(tmp_path / "s.pdf"),
        tmp_path / "o.pdf",
    )
    place = SignOff(0, Box(220, 300, 380, 350))
    sign_copy(source, out, signatories, result_look(tmp_path, place), cache)
    for engine in ENGINES:
        seal = coloured(picture(source, engine, unit=2), picture(out, engine, unit=2), "red")
        assert seal.width == pytest.approx(36 * 72 / 25.4, abs=1)
        assert seal.height == pytest.approx(36 * 72 / 25.4, abs=1)


def coloured(before: np.ndarray, after: np.ndarray, colour: str) -> Box:
    """The box of new ink of a colour, in points; dark where both lie over each other."""
    red, blue = after[..., 0], after[..., 2]
    difference = red - blue if colour == "red" else blue - red
    rows, columns = np.where((difference > 60) & (np.abs(after - before).max(axis=2) > 60))
    sides = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return Box(*(float(side) * 72 / DPI for side in sides))


def test_in_any_chain_the_agency_is_last_and_the_person_before_it(tmp_path: Path) -> None:
    look = result_look(tmp_path, SignOff(0, Box(220, 300, 380, 350)))
    marks = look.lay_out(Sheet().write(tmp_path / "s.pdf").read_bytes(), tmp_path, "s.pdf")
    assert marks.along(1) == [marks.agency]
    assert marks.along(2) == [marks.person, marks.agency]
    assert marks.along(4)[2:] == [marks.person, marks.agency]
    assert all(mark.style is None for mark in marks.along(4)[:2])


def test_the_caller_may_say_where_to_sign(
    tmp_path: Path, signatories: Signatories, cache: Path
) -> None:
    source, out = Sheet().write(tmp_path / "s.pdf"), tmp_path / "o.pdf"
    assert find_sign_off(source.read_bytes()) is None
    with pytest.raises(NoRoomForSignature):
        sign_copy(source, out, signatories, result_look(tmp_path), cache)
    assert not out.exists()
    place = SignOff(0, Box(220, 300, 380, 350))
    sign_copy(source, out, signatories, result_look(tmp_path, place), cache)
    signature = coloured(picture(source, "pdfium"), picture(out, "pdfium"), "blue")
    assert signature.centre == pytest.approx((300, 325), abs=1)


@pytest.mark.parametrize(
    "room", [Box(10, 300, 60, 350), Box(380, 300, 460, 350), Box(220, 560, 380, 590)]
)
def test_a_seal_that_would_stand_off_the_page_is_refused(
    tmp_path: Path, signatories: Signatories, cache: Path, room: Box
) -> None:
    source, out = Sheet().write(tmp_path / "s.pdf"), tmp_path / "o.pdf"
    with pytest.raises(NoRoomForSignature):
        sign_copy(source, out, signatories, result_look(tmp_path, SignOff(0, room)), cache)
    no_page = result_look(tmp_path, SignOff(7, Box(220, 300, 380, 350)))
    with pytest.raises(NoRoomForSignature):
        sign_copy(source, out, signatories, no_page, cache)
    assert not out.exists()


def with_field(path: Path, box: Box) -> Path:
    """A field for somebody else's signature, not signed yet: blank to the eye."""
    writer = IncrementalPdfFileWriter(BytesIO(path.read_bytes()))
    x0, y0, x1, y1 = box.x0, 595 - box.y1, box.x1, 595 - box.y0
    append_signature_field(writer, SigFieldSpec("Other", box=(x0, y0, x1, y1)))
    with path.open("wb") as file:
        writer.write(file)
    return path


def test_signatures_on_one_page_do_not_collide(
    tmp_path: Path, signatories: Signatories, cache: Path, appearance: Appearance
) -> None:
    taken = Box(300, 4, 415, 50)
    source, out = with_field(Sheet().write(tmp_path / "s.pdf"), taken), tmp_path / "o.pdf"
    sign_copy(source, out, signatories, appearance, cache)
    ink = new_ink(picture(source, "pdfium"), picture(out, "pdfium"))
    assert ink.box.x1 <= taken.x0 or ink.box.y0 >= taken.y1
    onto_it = result_look(tmp_path, SignOff(0, Box(280, 10, 400, 60)))
    with pytest.raises(NoRoomForSignature):
        sign_copy(source, out, signatories, onto_it, cache)


def test_an_attachment_says_number_and_time(
    tmp_path: Path, signatories: Signatories, cache: Path
) -> None:
    source, out = Sheet(90).write(tmp_path / "s.pdf"), tmp_path / "o.pdf"
    look: Look = AttachmentAppearance("15/QĐ-UBND", MOMENT)
    sign_copy(source, out, signatories, look, cache)
    words = subprocess.run(["pdftotext", out, "-"], capture_output=True, text=True, check=True)
    assert words.stdout.strip() == "15/QĐ-UBND\n2026-11-23T09:05:07+07:00"
    ink = new_ink(picture(source, "poppler"), picture(out, "poppler"))
    assert ink.box.x1 > 380
    assert 18 < ink.box.height < 26


# --- pages that are no A4 -------------------------------------------------------------------------


def plain(path: Path, size: tuple[float, float], drawing: bytes = b"") -> Path:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=size)
        page.obj.Contents = pdf.make_stream(drawing)
        pikepdf.pdfa.save(pdf, path, "3b", output_intent="sRGB")
    return path


def test_an_identity_card_has_room_between_its_lines(
    tmp_path: Path, signatories: Signatories, cache: Path, appearance: Appearance
) -> None:
    """85.6 x 54 mm full of lines but for a band of 12 mm."""
    lines = b"0 g " + b" ".join(
        b"10 %d 222 5 re f" % y for y in range(8, 150, 10) if not 85 < y < 130
    )
    source, out = plain(tmp_path / "s.pdf", (242.6, 153), lines), tmp_path / "o.pdf"
    sign_copy(source, out, signatories, appearance, cache)
    for engine in ENGINES:
        before, after = picture(source, engine), picture(out, engine)
        ink = new_ink(before, after)
        assert 153 - 135 < ink.box.y0 < ink.box.y1 < 153 - 83
        assert ink.box.x1 > 230
        assert_nothing_is_covered(before, after)


def test_over_the_frame_of_a_certificate_the_text_is_one_line(
    tmp_path: Path, signatories: Signatories, cache: Path, appearance: Appearance
) -> None:
    frame = b"0.3 0.2 0.05 RG 6 w 25 25 545 790 re S 40 40 515 760 re S"
    source, out = plain(tmp_path / "s.pdf", (595, 842), frame), tmp_path / "o.pdf"
    sign_copy(source, out, signatories, appearance, cache)
    for engine in ENGINES:
        before, after = picture(source, engine), picture(out, engine)
        ink = new_ink(before, after)
        assert ink.box.y1 < 842 - 25 - 790
        assert 595 - ink.box.x1 == pytest.approx(22, abs=1.5)
        assert_nothing_is_covered(before, after)
    words = subprocess.run(["pdftotext", out, "-"], capture_output=True, text=True, check=True)
    assert words.stdout.strip() == "Sao y; UBND xã Văn Giang; 2026-11-23T09:05:07+07:00"


def test_on_a_dark_ground_the_text_has_white_under_it(
    tmp_path: Path, signatories: Signatories, cache: Path, appearance: Appearance
) -> None:
    drawing = b"0.2 g 0 0 420 595 re f 1 g 60 60 300 300 re f"
    source, out = plain(tmp_path / "s.pdf", (420, 595), drawing), tmp_path / "o.pdf"
    sign_copy(source, out, signatories, appearance, cache)
    for engine in ENGINES:
        ink = new_ink(picture(source, engine), picture(out, engine))
        assert ink.box.y0 < 20
        assert ink.crop.max() > 250


@pytest.mark.parametrize("size", [(60, 842), (595, 12), (40, 30), (3, 3)])
def test_a_page_smaller_than_the_stamp_is_refused_before_anything_is_written(
    tmp_path: Path, signatories: Signatories, cache: Path, appearance: Appearance,
    size: tuple[float, float],
) -> None:  # fmt: skip
    source, out = plain(tmp_path / "small.pdf", size), tmp_path / "o.pdf"
    with pytest.raises(NoRoomForSignature, match=r"small\.pdf.*measures only"):
        sign_copy(source, out, signatories, appearance, cache)
    assert not out.exists()


def _array(*values: object) -> pikepdf.Array:
    return pikepdf.Array(list(values))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("/MediaBox", lambda: _array(0, 0, 0, 0)),
        ("/UserUnit", lambda: pikepdf.Name.X),
        ("/CropBox", lambda: _array(pikepdf.Name.A, 0, 9, 9)),
        ("/Annots", lambda: _array(1, pikepdf.Dictionary())),
        ("/Annots", lambda: _array(pikepdf.Dictionary(FT=pikepdf.Name.Sig, Rect=_array(1, 2)))),
        (None, None),
    ],
)
def test_pages_that_make_no_sense_are_an_error_with_a_name(
    tmp_path: Path, signatories: Signatories, cache: Path, appearance: Appearance,
    key: str | None, value: Callable[[], pikepdf.Object] | None,
) -> None:  # fmt: skip
    source, out = tmp_path / "s.pdf", tmp_path / "o.pdf"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        if key is not None and value is not None:
            page.obj[key] = value()
        else:
            del pdf.pages[0]
        pdf.save(source)
    for look in (appearance, result_look(tmp_path, SignOff(0, Box(220, 300, 380, 350)))):
        with pytest.raises((DamagedFile, NoRoomForSignature), match=r"s\.pdf"):
            sign_copy(source, out, signatories, look, cache)
    assert not out.exists()


@pytest.mark.parametrize(("key", "value"), [("/Rotate", 45), ("/Rotate", -90), ("/UserUnit", 0)])
def test_odd_numbers_are_read_as_viewers_read_them(
    tmp_path: Path, signatories: Signatories, cache: Path, appearance: Appearance,
    key: str, value: int,
) -> None:  # fmt: skip
    source, out = plain(tmp_path / "s.pdf", (420, 595)), tmp_path / "o.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj[key] = value
        pdf.save(source, preserve_pdfa=False)
    sign_copy(source, out, signatories, appearance, cache)
    ink = new_ink(picture(source, "pdfium"), picture(out, "pdfium"))
    assert ink.page[0] - ink.box.x1 < 25
    assert ink.box.y0 < 14


@given(
    st.floats(-500, 500), st.floats(-500, 500), st.floats(10, 2000), st.floats(10, 2000),
    st.sampled_from([0, 90, 180, 270]), st.floats(0.5, 10), st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_a_point_goes_to_user_space_and_back(
    x: float, y: float, width: float, height: float, rotation: int, unit: float, u: float, v: float
) -> None:
    space = PageSpace(x, y, x + width, y + height, rotation, unit)
    point = (u * space.width, v * space.height)
    inner = space.to_user(*point)
    assert x - 0.01 <= inner[0] <= x + width + 0.01
    assert y - 0.01 <= inner[1] <= y + height + 0.01
    assert space.to_displayed(*inner) == pytest.approx(point, abs=0.01)


# --- the sign-off block in the text -----------------------------------------------------------------


def written(path: Path, *lines: tuple[float, float, str], pages: int = 1) -> bytes:
    """Lines of text, each centred on an x and standing on a y (points from the top left)."""
    from fpdf import FPDF

    pdf = FPDF(unit="pt", format="A4")
    pdf.add_font("Serif", "", find_font())
    for _ in range(pages):
        pdf.add_page()
        pdf.set_font("Serif", "", 13)
        for x, y, text in lines:
            pdf.text(x - pdf.get_string_width(text) / 2, y, text)
    pdf.output(str(path))
    return path.read_bytes()


@pytest.mark.parametrize(
    "lines",
    [
        [(430, 600, "KT. CHỦ TỊCH"), (430, 616, "PHÓ CHỦ TỊCH"), (430, 690, "Lê Văn Ví Dụ")],
        [(430, 600, "GIÁM ĐỐC"), (425, 690, "Đại tá Nguyễn Thị Ví Dụ")],
        [(430, 600, "TL. CHỦ TỊCH"), (430, 616, "CHÁNH VĂN PHÒNG"), (432, 690, "Hoàng Ý")],
        [(430, 600, "NGƯỜI KÝ TRÍCH LỤC"), (430, 690, "Trần Thị Thử")],
    ],
)
def test_positions_and_names_are_known_by_their_wording(
    tmp_path: Path, lines: list[tuple[float, float, str]]
) -> None:
    beside = [(120, 600, "Nơi nhận:"), (120, 690, "Lưu Văn Thư"), (300, 300, "Ông Chủ tịch nói")]
    found = find_sign_off(written(tmp_path / "x.pdf", *lines, *beside))
    assert found is not None
    last = max(y for _, y, _ in lines[:-1])
    assert last < found.room.y0 + 4 < found.room.y1 < 690
    assert found.centre[0] == pytest.approx(430, abs=8)


@pytest.mark.parametrize(
    "lines",
    [
        [(430, 600, "GIÁM ĐỐC")],
        [(430, 690, "Lê Văn Ví Dụ")],
        [(130, 600, "GIÁM ĐỐC"), (430, 690, "Lê Văn Ví Dụ")],
        [(430, 600, "GIÁM ĐỐC"), (430, 616, "Lê Văn Ví Dụ")],
        [(430, 600, "GIÁM ĐỐC"), (430, 640, "x x x"), (430, 690, "Lê Văn Ví Dụ")],
        [(430, 100, "GIÁM ĐỐC"), (430, 690, "Lê Văn Ví Dụ")],
        [(430, 600, "Giám đốc nói rằng"), (430, 690, "Lê Văn Ví Dụ")],
    ],
)
def test_what_is_no_sign_off_block_is_not_taken_for_one(
    tmp_path: Path, lines: list[tuple[float, float, str]]
) -> None:
    assert find_sign_off(written(tmp_path / "x.pdf", *lines)) is None


def test_the_last_block_of_a_document_is_the_one_to_sign(tmp_path: Path) -> None:
    lines = [
        (430, 200, "CHỦ TỊCH"), (430, 280, "Lê Văn Một"),
        (430, 600, "CHỦ TỊCH"), (430, 680, "Lê Văn Hai"),
    ]  # fmt: skip
    found = find_sign_off(written(tmp_path / "x.pdf", *lines, pages=3))
    assert found is not None
    assert found.page == 2
    assert found.room.y0 > 590
