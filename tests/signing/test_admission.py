"""Files that cannot be signed: told before a key is touched, and the earlier file stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.errors import CannotBeSigned, DamagedFile, PasswordProtected, SohoaError
from dossiers.settings import LevelSettings
from signing.admission import admitted
from signing.appearance import Appearance
from signing.keys import Signatories
from signing.pades import sign_copy
from tests.signing.conftest import blank_pdfa

LARGEST = 10 * 1024 * 1024
MB = 1024 * 1024


def encrypted(path: Path, user: str) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user=user))


def hybrid(path: Path) -> None:
    """A classic cross-reference whose trailer points to a stream that says more (XRefStm)."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    content = path.read_bytes()
    start = int(content.rsplit(b"startxref", 1)[1].split()[0])
    # An update: object 9 lives in a cross-reference stream only.
    at = len(content)
    extra = b"9 0 obj\n<< /Hidden true >>\nendobj\n"
    entry = b"\x01" + at.to_bytes(3, "big")
    stream_at = at + len(extra)
    stream = (
        b"10 0 obj\n<< /Type /XRef /Size 11 /W [1 3 0] /Index [9 1] /Length %d >>\nstream\n"
        % len(entry)
        + entry
        + b"\nendstream\nendobj\n"
    )
    table_at = stream_at + len(stream)
    root = content.split(b"/Root ")[1].split(b" R")[0]
    table = b"xref\n0 0\ntrailer\n<< /Size 11 /Root %s R /Prev %d /XRefStm %d >>\n" % (
        root,
        start,
        stream_at,
    )
    path.write_bytes(content + extra + stream + table + b"startxref\n%d\n%%%%EOF\n" % table_at)


def broken_table(path: Path) -> None:
    blank_pdfa(path)
    content = path.read_bytes()
    start = content.rindex(b"startxref")
    path.write_bytes(content[:start] + b"startxref\n77\n%%EOF\n")


def signatures(path: Path, count: int) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        fields = [
            pdf.make_indirect(
                pikepdf.Dictionary(
                    FT=pikepdf.Name.Sig,
                    T=f"s{number}",
                    Subtype=pikepdf.Name.Widget,
                    Rect=[0, 0, 0, 0],
                    V=pikepdf.Dictionary(Type=pikepdf.Name.Sig, Contents=b"\x30\x00"),
                )
            )
            for number in range(count)
        ]
        page.obj.Annots = pikepdf.Array(fields)
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(fields), SigFlags=3)
        pdf.save(path)


def large(path: Path) -> None:
    blank_pdfa(path)
    with path.open("r+b") as file:
        file.truncate(LARGEST + 1)


MAKERS: dict[str, tuple[Callable[[Path], object], type[SohoaError], str]] = {
    "encrypted": (lambda path: encrypted(path, "u"), PasswordProtected, "password"),
    "encrypted without a password": (lambda path: encrypted(path, ""), PasswordProtected, "pass"),
    "hybrid": (hybrid, CannotBeSigned, "hybrid cross-reference"),
    "broken cross-reference": (broken_table, DamagedFile, "damaged"),
    "500 signatures": (lambda path: signatures(path, 500), CannotBeSigned, "has 500 signatures"),
    "large": (large, CannotBeSigned, "10 MB > 10 MB"),
    "nothing": (lambda path: path.write_bytes(b""), DamagedFile, "damaged"),
    "text": (lambda path: path.write_bytes(b"%PDF-1.7 nothing"), DamagedFile, "damaged"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_cannot_be_signed_is_told_and_the_earlier_file_stays(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path, kind: str
) -> None:
    make, error, words = MAKERS[kind]
    source, out = tmp_path / "source.pdf", tmp_path / "out.pdf"
    make(source)
    out.write_bytes(b"the good one")
    with pytest.raises(error, match=words):
        sign_copy(source, out, signatories, appearance, cache, max_bytes=LARGEST)
    assert out.read_bytes() == b"the good one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.pdf", "source.pdf"]


STRANGE: dict[str, Callable[[], pikepdf.Object | int | bool]] = {
    "dictionary": pikepdf.Dictionary,
    "number": lambda: 7,
    "truth": lambda: True,
    "name": lambda: pikepdf.Name.X,
    "text": lambda: pikepdf.String("x"),
    "numbers": lambda: pikepdf.Array([1, 2]),
    "dictionaries": lambda: pikepdf.Array([pikepdf.Dictionary()]),
    "arrays": lambda: pikepdf.Array([pikepdf.Array([])]),
}


@pytest.mark.parametrize(
    ("place", "at_least"),
    [
        ("Page/Annots", 7),
        ("Root/AcroForm", 7),
        ("Root/AcroForm/Fields", 8),
        ("Root/Perms", 7),
        ("Root/Perms/DocMDP", 7),
        ("Root/DSS", 7),
        ("Root/Extensions", 7),
        ("Root/Pages", 8),
    ],
)
def test_what_stands_where_something_else_belongs_is_a_damaged_file(
    tmp_path: Path,
    signatories: Signatories,
    appearance: Appearance,
    cache: Path,
    place: str,
    at_least: int,
) -> None:
    plain, source, out = (tmp_path / f"{name}.pdf" for name in ("plain", "source", "out"))
    blank_pdfa(plain)
    refused = []
    for kind, make in STRANGE.items():
        with pikepdf.open(plain) as pdf:
            start, *parts, last = place.split("/")
            inside = pdf.Root if start == "Root" else pdf.pages[0].obj
            for part in parts:
                inside[f"/{part}"] = pikepdf.Dictionary(Fields=pikepdf.Array())
                inside = inside[f"/{part}"]
            inside[f"/{last}"] = make()
            pdf.save(source)
        out.write_bytes(b"the good one")
        try:
            sign_copy(source, out, signatories, appearance, cache)
        except DamagedFile as error:
            assert "source.pdf" in str(error)
            assert out.read_bytes() == b"the good one"
            refused.append(kind)
    assert len(refused) >= at_least, refused


def test_signatures_already_there_are_not_certified_over(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    once, twice = tmp_path / "once.pdf", tmp_path / "twice.pdf"
    sign_copy(blank_pdfa(tmp_path / "p.pdf"), once, signatories, appearance, cache)
    with pytest.raises(SohoaError, match="signature"):
        sign_copy(once, twice, signatories, appearance, cache)
    assert not twice.exists()


def test_a_file_of_200_mb_is_signed_or_refused_by_its_size_alone(
    tmp_path: Path, signatories: Signatories, appearance: Appearance, cache: Path
) -> None:
    source, out = tmp_path / "source.pdf", tmp_path / "out.pdf"
    blank_pdfa(source)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.Root.Ballast = pdf.make_stream(bytes(200 * MB))
        pdf.save(source, compress_streams=False)
    report = sign_copy(source, out, signatories, appearance, cache)
    assert report.size > 200 * MB
    with out.open("rb") as signed, source.open("rb") as before:
        assert signed.read(MB) == before.read(MB)
    with source.open("r+b") as file:
        file.truncate(LevelSettings().max_bytes + 1)
    kept = out.stat().st_size
    with pytest.raises(CannotBeSigned, match=r"256 MB > 256 MB \(levels.max_bytes\)"):
        sign_copy(source, out, signatories, appearance, cache)
    assert out.stat().st_size == kept


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_bytes_are_admitted_or_a_named_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "x.pdf"
    if not path.exists():
        blank_pdfa(tmp_path / "good.pdf")
    content = bytearray((tmp_path / "good.pdf").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        assert admitted(path, LARGEST) == bytes(content)
    except SohoaError as error:
        assert "x.pdf" in str(error)


def test_annotations_may_be_an_object_of_their_own(tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([]))
        pdf.save(source)
    assert admitted(source, LARGEST) == source.read_bytes()
