"""Forgeries are refused with a reason, allowed updates accepted, broken files never valid."""

from __future__ import annotations

import hashlib
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyhanko.sign.fields import MDPPerm

from signing.validation import Guard, Outcome, Rules, VerificationReport, verify
from tests.signing import attacks
from tests.signing.authority import day, plain, sign, stamp, with_material
from tests.signing.revisions import append, root_of

NOW = day(2026, 11)
REFUSED = {Outcome.INVALID_CHANGED, Outcome.INDETERMINATE}


def judged(folder: Path, content: bytes) -> VerificationReport:
    path = folder / "tep.pdf"
    path.write_bytes(content)
    return verify(path, attacks.authority().trust, NOW)


def reasons(report: VerificationReport) -> set[str]:
    return {r.code for r in report.reasons} | {
        r.code for verdict in report.signatures for r in verdict.reasons
    }


@pytest.mark.parametrize("name", attacks.ATTACKS)
def test_forgeries_are_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    report = judged(tmp_path, attacks.ATTACKS[name]())
    assert not report.ok
    assert report.outcome in REFUSED
    faults = reasons(report) & attacks.FAULTS
    assert faults
    # Only a signature format that is no longer known leaves the question open.
    assert report.outcome is Outcome.INVALID_CHANGED or faults == {"FORMAT_UNSUPPORTED"}


@pytest.mark.parametrize("name", attacks.ALLOWED)
def test_allowed_updates_are_accepted(tmp_path: Path, name: str) -> None:
    report = judged(tmp_path, attacks.ALLOWED[name]())
    assert report.outcome is Outcome.VALID
    assert not reasons(report) & attacks.FAULTS


def test_the_wrapped_file_hashes_right_so_that_only_its_structure_betrays_it() -> None:
    def digest(content: bytes, numbers: list[int]) -> str:
        first, length, second, rest = numbers
        hashed = content[first : first + length] + content[second : second + rest]
        return hashlib.sha256(hashed).hexdigest()

    whole = attacks.signed()
    numbers = attacks.byte_range(whole)
    wrapped = attacks.wrapping_second_part_moved_to_the_end()
    assert digest(wrapped, [0, numbers[1], 40_000, numbers[3]]) == digest(whole, numbers)
    with pikepdf.open(BytesIO(wrapped)) as pdf:
        assert [float(n) for n in pdf.pages[0].obj.CropBox] == [0, 0, 100, 100]


# --- broken files ------------------------------------------------------------------------------


@cache
def archived() -> bytes:
    """Certified, filled in, signed again, with validation data and an archive time stamp."""
    content = attacks.filled(attacks.certified(MDPPerm.FILL_FORMS))
    content = sign(content, attacks.second_signer(), day(2026, 2), field_name="Hai")
    content = with_material(content, [attacks.authority().issuing], attacks.crls())
    return stamp(content, attacks.tsa(), day(2026, 3))


BASES = (attacks.signed, archived)


def shown(content: bytes) -> list[tuple[bytes, list[float], int, bytes]]:
    """What independent readers show: content, size, turn and picture of every page."""
    with pikepdf.open(BytesIO(content), suppress_warnings=True) as pdf:
        pages = [
            (
                page.Contents.read_bytes(),
                [float(n) for n in page.mediabox],
                int(page.obj.get("/Rotate", 0)),
            )
            for page in pdf.pages
        ]
    with pdfium.PdfDocument(content) as document:
        pictures = [page.render(scale=0.3).to_pil().tobytes() for page in document]
    return [(*page, picture) for page, picture in zip(pages, pictures, strict=True)]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[int, bytes]:
    """One to three injuries: cut, flip, splice from elsewhere, delete, insert."""
    which = draw(st.integers(0, len(BASES) - 1))
    content = bytearray(BASES[which]())
    for _ in range(draw(st.integers(1, 3))):
        if not content:
            break
        at = draw(st.integers(0, len(content) - 1))
        how = draw(st.sampled_from(["cut", "flip", "splice", "delete", "insert", "digit"]))
        if how == "cut":
            del content[at:]
        elif how == "flip":
            content[at] ^= draw(st.integers(1, 255))
        elif how == "splice":
            start = draw(st.integers(0, len(content) - 1))
            piece = content[start : start + draw(st.integers(1, 600))]
            content[at : at + len(piece)] = piece
        elif how == "delete":
            del content[at : at + draw(st.integers(1, 40))]
        elif how == "insert":
            content[at:at] = draw(st.binary(min_size=1, max_size=30))
        else:
            # Numbers are what offsets, lengths and ranges are made of.
            found = content.find(draw(st.sampled_from([b"0 R", b"/Prev ", b"xref", b"["])), at)
            place = found + 5
            if found >= 0 and place < len(content):
                content[place : place + 1] = draw(st.sampled_from([b"0", b"9", b"-", b"1"]))
    return which, bytes(content)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=damaged())
@example(case=(0, b""))
@example(case=(0, b"%PDF-1.7\n%%EOF"))
@example(case=(0, b"%PDF-1.7\nstartxref\n0\n%%EOF"))
def test_a_damaged_file_is_never_a_crash_and_never_shows_anything_else_as_valid(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[int, bytes]
) -> None:
    which, content = case
    report = judged(tmp_path_factory.getbasetemp(), content)
    if report.ok:
        # Cut back to an earlier revision, or hurt where no signature looks: the pages are the same.
        assert shown(content) == shown(BASES[which]())


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"\nendobj\nstartxref\n9\n%%EOF\n",
        b"%PDF-1.7\n" + b"\0" * 100_000 + b"\nstartxref\n99\n%%EOF\n",
        b"%PDF-1.7\nxref\n0 999999999\n0000000000 65535 f \ntrailer<<>>\nstartxref\n9\n%%EOF\n",
    ],
)
def test_hostile_structures_are_invalid(tmp_path: Path, content: bytes) -> None:
    assert judged(tmp_path, content).outcome is Outcome.INVALID_CHANGED


def test_a_field_tree_that_loops_is_invalid(tmp_path: Path) -> None:
    content = attacks.signed()
    root = root_of(content)
    number = attacks.fresh(content)
    catalogue = attacks.body(content, root).replace(b"/AcroForm", b"/Old")
    looped = append(
        content,
        {
            root: catalogue[: catalogue.rindex(b">>")] + b"/AcroForm<</Fields[%d 0 R]>>>>" % number,
            number: b"<</T(a)/Kids[%d 0 R]>>" % number,
        },
    )
    assert judged(tmp_path, looped).outcome is Outcome.INVALID_CHANGED


def test_five_hundred_signatures_are_refused_at_once(tmp_path: Path) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(plain())) as pdf:
        value = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Sig,
                SubFilter=pikepdf.Name("/ETSI.CAdES.detached"),
                ByteRange=pikepdf.Array([0, 1, 2, 3]),
                Contents=pikepdf.String(b"\x30\x00"),
            )
        )
        fields = [
            pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=f"f{n}", V=value))
            for n in range(500)
        ]
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(fields))
        pdf.save(out)
    report = judged(tmp_path, out.getvalue())
    assert report.outcome is Outcome.INVALID_CHANGED
    assert [r.code for r in report.reasons] == ["TOO_MANY_SIGNATURES"]


# --- limits ------------------------------------------------------------------------------------


def bloated() -> bytes:
    """A signed file whose later revision has a table of half a million entries."""
    content = attacks.signed()
    first = attacks.fresh(content)
    table = zlib.compress(b"\1\0\0\0\x09\0\0" * 500_000)
    number = first + 500_000
    start = len(content)
    return content + (
        b"%d 0 obj\n<</Type/XRef/W[1 4 2]/Index[%d 500000]/Size %d/Root %d 0 R/Prev %d"
        b"/Filter/FlateDecode/Length %d>>stream\n"
        % (number, first, number + 1, root_of(content), attacks.last_xref(content), len(table))
        + table
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    )


def test_time_and_memory_have_bounds(tmp_path: Path) -> None:
    path = tmp_path / "tep.pdf"
    path.write_bytes(bloated())
    good = tmp_path / "tot.pdf"
    good.write_bytes(attacks.signed())
    trust = attacks.authority().trust
    with Guard(60, 4) as guard:
        stopped = guard.verify(path, trust, NOW, Rules())
        assert stopped.outcome is Outcome.INDETERMINATE
        assert [r.code for r in stopped.reasons] == ["TOO_COSTLY"]
        # The next file is judged all the same.
        assert guard.verify(good, trust, NOW).outcome is Outcome.VALID
    with Guard(0.2, 2048) as guard:
        stopped = guard.verify(path, trust, NOW)
        assert [r.code for r in stopped.reasons] == ["TOO_COSTLY"]
