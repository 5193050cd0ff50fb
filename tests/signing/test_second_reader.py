"""The second parser sees each kind of difference, and none where there is none."""

from __future__ import annotations

from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.validation.second_reader import SecondReader
from tests.signing import attacks
from tests.signing.attacks import fresh, signed, stream
from tests.signing.revisions import append

VALUE = (
    b"<</Number 12/Real -0.50/Name/A#20b/Word(Nguy\\341n)/Hex<FEFF1EC5>/Yes true/None null"
    b"/Old/Nguy#A9n/M#A9 1/List[1 (a) /B 3 0 R null]/Inner<</Ref 3 0 R>>>>"
)


def written(value: bytes, trailer: bytes = b"") -> bytes:
    return append(signed(), {fresh(signed()): value}, trailer=trailer)


def difference(seen: bytes, by_the_other: bytes) -> str | None:
    reader = PdfFileReader(BytesIO(seen), strict=False)
    return SecondReader(by_the_other, reader).difference(reader.xrefs.total_revisions - 1)


@pytest.mark.parametrize("name", attacks.ALLOWED)
def test_both_read_whatever_is_allowed_alike(name: str) -> None:
    content = attacks.ALLOWED[name]()
    reader = PdfFileReader(BytesIO(content), strict=False)
    second = SecondReader(content, reader)
    assert [second.difference(n) for n in range(reader.xrefs.total_revisions)] == [
        None for _ in range(reader.xrefs.total_revisions)
    ]


def test_values_of_every_kind_are_alike() -> None:
    assert difference(written(VALUE), written(VALUE)) is None
    assert difference(written(stream(b"a")), written(stream(b"a"))) is None
    # An entry that is null is none, and zeros at the end of a number say nothing.
    assert difference(written(b"<</A 0.50>>"), written(b"<</A 0.5 /B null>>")) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"12", b"13"),
        (b"12", b"12.5"),
        (b"12", b"(12)"),
        (b"12", b"true"),
        (b"-0.50", b"0.50"),
        (b"/A#20b", b"/Ab"),
        (b"/A#20b", b"(A b)"),
        (b"(Nguy\\341n)", b"(Nguyen)"),
        (b"<FEFF1EC5>", b"<FEFF1EC7>"),
        (b"true", b"false"),
        (b"true", b"1"),
        (b"/None null", b"/None 0"),
        (b"[1 (a)", b"[(a) 1"),
        (b"[1 (a)", b"["),
        (b"/Ref 3 0 R", b"/Ref 4 0 R"),
        (b"/Ref 3 0 R", b"/Ref null"),
        (b"/Inner<<", b"/Other<<"),
        (b"/Number 12", b""),
        (b"/Old/Nguy#A9n", b"/Old/Nguy#AAn"),
        (b"/M#A9 1", b"/M#AA 1"),
    ],
)
def test_a_value_that_differs_is_told(old: bytes, new: bytes) -> None:
    assert old in VALUE
    for pair in ((VALUE, VALUE.replace(old, new)), (VALUE.replace(old, new), VALUE)):
        found = difference(*(written(value) for value in pair))
        assert found == f"programs read object {fresh(signed())} differently"


def test_streams_objects_and_roots_that_differ_are_told() -> None:
    assert difference(written(stream(b"a")), written(stream(b"b")))
    assert difference(written(stream(b"a")), written(b"<</Length 1>>"))
    assert difference(written(b"<</Length 1>>"), written(stream(b"a")))
    assert difference(written(VALUE), signed()) == (
        f"programs differ on whether object {fresh(signed())} is there"
    )
    assert difference(written(VALUE), written(VALUE, b"/Info 3 0 R")) == (
        "programs read /Info of the trailer differently"
    )
