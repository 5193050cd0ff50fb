"""Search: diacritics count when they are typed, and nothing typed is an operator."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.ledger import Ledger
from storage.search import snippet


def test_diacritics_matter_only_when_typed(ledger: Ledger) -> None:
    ledger.search.put("a", "GIẤY KHAI SINH\nHọ tên: Nguyễn Văn Ánh")
    ledger.search.put("b", "Giấy khai sinh: Nguyễn Văn Anh")
    assert {hit.document_code for hit in ledger.search.find("nguyen van anh")} == {"a", "b"}
    assert {hit.document_code for hit in ledger.search.find("Văn Ánh")} == {"a"}
    assert ledger.search.find("văn ảnh") == []
    assert ledger.search.find("khai tử") == []


def test_indexing_again_replaces(ledger: Ledger) -> None:
    ledger.search.put("a", "cũ")
    ledger.search.put("a", "mới")
    assert ledger.search.find("cu") == []
    assert [hit.snippet for hit in ledger.search.find("moi")] == ["[mới]"]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    query=st.text(max_size=40) | st.sampled_from(['"', "a OR", "NEAR(a b)", "exact:x*", "-x", "'"])
)
def test_any_text_may_be_searched_for(ledger: Ledger, query: str) -> None:
    for hit in ledger.search.find(query):
        assert hit.document_code


def test_the_passage_is_shown_as_printed() -> None:
    text = "x " * 100 + "GIẤY KHAI SINH của bé Đặng Ví Dụ" + " y" * 100
    found = snippet(text, ["khai", "dang"], folded=True)
    assert "[KHAI] SINH của bé [Đặng] Ví Dụ" in found
    assert found.startswith("…")
    assert found.endswith("…")
