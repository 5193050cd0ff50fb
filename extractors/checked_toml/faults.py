"""What is wrong in a file, as sentences for the administrator who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

# By pydantic's type of error, and by our own; the detail is filled in.
_SAID: Mapping[str, tuple[str, str]] = {
    "missing": ("thiếu khóa này", "this key is missing"),
    "extra_forbidden": ("khóa không có trong mẫu{nearest_vi}", "not a known key{nearest_en}"),
    "string_type": ("phải là một chuỗi trong ngoặc kép", "must be a string in quotes"),
    "string_too_short": ("không được để trống", "must not be empty"),
    "string_pattern_mismatch": (
        "“{input}”: chỉ dùng chữ thường không dấu, chữ số và _, bắt đầu bằng chữ",
        "“{input}”: only lower-case letters a–z, digits and _, starting with a letter",
    ),
    "enum": (
        "“{input}” không phải là giá trị cho phép ({expected}){nearest_vi}",
        "“{input}” is not one of {expected}{nearest_en}",
    ),
    "tuple_type": ("phải là danh sách […]", "must be a list […]"),
    "model_type": ("phải là bảng {{…}}", "must be a table {{…}}"),
    "model_attributes_type": ("phải là bảng {{…}}", "must be a table {{…}}"),
    "bool_type": ("phải là true hoặc false", "must be true or false"),
    "bool_parsing": ("phải là true hoặc false", "must be true or false"),
    "int_type": ("phải là số nguyên", "must be a whole number"),
    "int_parsing": ("phải là số nguyên", "must be a whole number"),
    "int_from_float": ("phải là số nguyên", "must be a whole number"),
    "greater_than_equal": ("phải từ {ge} trở lên", "must be at least {ge}"),
    "less_than_equal": ("không được quá {le}", "must be at most {le}"),
    "too_short": ("phải có ít nhất {min_length} mục", "needs at least {min_length} items"),
    "date_type": ("phải là ngày dạng 2024-12-31", "must be a day like 2024-12-31"),
    "date_from_datetime_parsing": (
        "phải là ngày dạng 2024-12-31",
        "must be a day like 2024-12-31",
    ),
    "union_tag_invalid": (
        "kind = “{tag}” không phải là loại kiểm tra cho phép ({expected_tags})",
        "kind = “{tag}” is not one of {expected_tags}",
    ),
    "union_tag_not_found": ("thiếu khóa kind", "the key kind is missing"),
    "binds_nothing": (
        "phải nêu ít nhất hai trường của một người",
        "a person is bound by at least two fields",
    ),
    "unplaced": (
        "trường cần labels (nhãn in), zone (vị trí) hoặc pattern (mẫu của dòng)",
        "a field needs labels, a zone or a pattern that say where it stands",
    ),
    "no_choices": ("kind = “choice” cần choices", "a choice needs its choices"),
    "no_heading": (
        "beneath cần labels: tiêu đề của phần ghi thêm",
        "beneath needs labels: the heading of the room",
    ),
    "half_condition": ("when và says phải đi cùng nhau", "when and says need each other"),
    "validity_form": (
        "chỉ dùng một trong ba dạng: months với after, hoặc until, hoặc ended",
        "use exactly one form: months with after, or until, or ended",
    ),
    "layout_period": ("since sau until", "since lies after until"),
    "group_field": (
        "trường của một nhóm phải có labels, không có opens và section",
        "fields of a group have labels, and neither opens nor section",
    ),
    "unfindable": (
        "thiếu cả titles và evidence nên không bao giờ nhận ra được loại giấy tờ này",
        "neither titles nor evidence: the type can never be found",
    ),
    "repeated": ("“{name}” được đặt tên hai lần", "“{name}” is named twice"),
    "unknown_field": (
        "“{name}” không phải là trường của loại giấy tờ này{nearest_vi}",
        "“{name}” is no field of this type{nearest_en}",
    ),
    "unknown_layout": (
        "“{name}” không có trong layouts{nearest_vi}",
        "“{name}” is not among layouts{nearest_en}",
    ),
    "unknown_meaning": (
        "“{name}” không có trong bảng nghĩa của các trường{nearest_vi}",
        "“{name}” is not in the vocabulary of meanings{nearest_en}",
    ),
    "unknown_role": (
        "“{name}” không có trong roles{nearest_vi}",
        "“{name}” is not among roles{nearest_en}",
    ),
    "bad_pattern": (
        "biểu thức chính quy không hợp lệ: {why}",
        "not a regular expression: {why}",
    ),
    "endless_pattern": (
        "biểu thức lặp lồng nhau, có thể chạy mãi không dừng; hãy giới hạn số lần lặp, vd {{1,4}}",
        "a repeat within a repeat may run for ever; give them small limits, e.g. {{1,4}}",
    ),
    "no_groups": (
        "pattern của mã phải nêu ít nhất một trường: (?P<tên>…)",
        "a code's pattern needs to name at least one field: (?P<name>…)",
    ),
    "mrz_pattern": (
        "MRZ có định dạng riêng, không dùng pattern",
        "an MRZ has its own format and no pattern",
    ),
    "unread_title": (
        "tiêu đề phải có ít nhất ba chữ cái",
        "a title needs at least three letters",
    ),
}
_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: the line and key it stands at, said in both languages."""

    line: int
    key: str
    vi: str
    en: str

    def told(self, *, english: bool) -> str:
        """``line 12, key fields.holder.kind: …``."""
        if english:
            return f"line {self.line}, key {self.key}: {self.en}"
        return f"dòng {self.line}, khóa {self.key}: {self.vi}"


def sentences(
    kind: str, context: Mapping[str, object], known: Iterable[str] = (), fallback: str = ""
) -> tuple[str, str]:
    """The two sentences for a kind of fault; what is known is offered where it is near."""
    vi, en = _SAID.get(kind, ("{fallback}", "{fallback}"))
    told = {"fallback": fallback.replace("{", "(").replace("}", ")"), **context}
    nearest = _nearest(str(context.get("name", context.get("input", ""))), known)
    told["nearest_vi"] = f"; có phải “{nearest}”?" if nearest else ""
    told["nearest_en"] = f"; did you mean “{nearest}”?" if nearest else ""
    return vi.format_map(told), en.format_map(told)


def said_of(error: ErrorDetails, known: Iterable[str]) -> tuple[str, str]:
    """The sentences for what pydantic found; ``known`` are the keys the table may have."""
    context = dict(error.get("ctx", {}))
    context["input"] = error["input"]
    kind = error["type"]
    if kind == "extra_forbidden":
        context["name"] = str(error["loc"][-1])
    elif kind == "enum":
        known = _QUOTED.findall(str(context.get("expected", "")))
        context["expected"] = ", ".join(known)
    return sentences(kind, context, known, error["msg"])


def _nearest(word: str, known: Iterable[str]) -> str | None:
    found = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=60)
    return found[0] if found else None
