"""The report as a page that a clerk can read and print: one HTML file that fetches nothing."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from dossiers.errors import Language
from signing.validation.outcomes import CertificateState, Outcome, Reason, Revocation, TimeSource
from signing.validation.verdicts import SignatureVerdict, TimeStampVerdict, VerificationReport
from signing.validation.words import clock, day

_TITLES: dict[Outcome, tuple[str, str]] = {
    Outcome.VALID: ("HỢP LỆ", "VALID"),
    Outcome.VALID_CERT_EXPIRED_NOW: ("HỢP LỆ TẠI THỜI ĐIỂM KÝ", "VALID WHEN SIGNED"),
    Outcome.VALID_WEAK_HASH: ("ĐÚNG, NHƯNG DÙNG SHA-1", "RIGHT, BUT WITH SHA-1"),
    Outcome.NOT_SIGNED: ("KHÔNG CÓ CHỮ KÝ SỐ", "NOT SIGNED"),
    Outcome.INDETERMINATE: ("CHƯA ĐỦ CĂN CỨ KẾT LUẬN", "NOT ENOUGH EVIDENCE"),
    Outcome.UNTRUSTED_CA: ("TỔ CHỨC CẤP CHƯA ĐƯỢC TIN CẬY", "AUTHORITY NOT TRUSTED"),
    Outcome.INVALID_CERT: ("KHÔNG HỢP LỆ: CHỨNG THƯ", "NOT VALID: CERTIFICATE"),
    Outcome.INVALID_CHANGED: ("KHÔNG HỢP LỆ: NỘI DUNG BỊ THAY ĐỔI", "NOT VALID: CONTENT CHANGED"),
}

_ADVICE: dict[Outcome, tuple[str, str]] = {
    Outcome.VALID: (
        "Có thể tiếp nhận văn bản như bản có chữ ký.",
        "The document may be accepted as signed.",
    ),
    Outcome.VALID_CERT_EXPIRED_NOW: (
        "Có thể tiếp nhận: chữ ký được tạo khi chứng thư còn hiệu lực.",
        "It may be accepted: the signature was made while the certificate was in force.",
    ),
    Outcome.VALID_WEAK_HASH: (
        "Văn bản cũ thường ký bằng SHA-1. Nên đối chiếu với bản lưu của cơ quan phát hành.",
        "Older documents often use SHA-1. Compare with the issuing agency's own copy.",
    ),
    Outcome.NOT_SIGNED: (
        "Đề nghị nộp bản có chữ ký số, hoặc bản giấy để đối chiếu.",
        "Ask for the signed file, or for the paper.",
    ),
    Outcome.INDETERMINATE: (
        "Chưa được coi là hợp lệ. Hãy xem lý do bên dưới và hỏi quản trị viên.",
        "Not to be taken as valid. See the reasons below and ask the administrator.",
    ),
    Outcome.UNTRUSTED_CA: (
        "Chưa được coi là hợp lệ. Quản trị viên có thể nhập chứng thư gốc sau khi đối chiếu vân tay.",
        "Not to be taken as valid. An administrator may import the root after confirming it.",
    ),
    Outcome.INVALID_CERT: (
        "Không tiếp nhận. Đề nghị người nộp liên hệ cơ quan phát hành.",
        "Do not accept it. The applicant should ask the issuing agency.",
    ),
    Outcome.INVALID_CHANGED: (
        "Không tiếp nhận. Đề nghị nộp lại tệp gốc chưa qua chỉnh sửa.",
        "Do not accept it. Ask for the original, unedited file.",
    ),
}

_STATES: dict[CertificateState, tuple[str, str]] = {
    CertificateState.GOOD: ("Hợp lệ", "Good"),
    CertificateState.UNKNOWN: (
        "Còn hạn; chưa rõ có bị thu hồi hay không",
        "In force; revocation unknown",
    ),
    CertificateState.EXPIRED: ("Đã hết hạn", "Expired"),
    CertificateState.NOT_YET_VALID: ("Chưa có hiệu lực", "Not yet valid"),
    CertificateState.REVOKED: ("Đã bị thu hồi", "Revoked"),
    CertificateState.UNTRUSTED: ("Chưa được tin cậy", "Not trusted"),
    CertificateState.UNUSABLE: ("Không được dùng để ký", "May not sign"),
    CertificateState.WEAK: ("Thuật toán không đạt", "Algorithm too weak"),
}

_REVOCATIONS: dict[Revocation, tuple[str, str]] = {
    Revocation.CHECKED: ("Đã kiểm tra", "Checked"),
    Revocation.MISSING: ("Không có dữ liệu thu hồi", "No revocation data"),
    Revocation.NOT_DECLARED: ("Chứng thư không công bố thu hồi", "Not published"),
    Revocation.NOT_CHECKED: ("Không kiểm tra", "Not checked"),
}

_SOURCES: dict[TimeSource, tuple[str, str]] = {
    TimeSource.TIME_STAMP: ("chứng minh bằng dấu thời gian", "proven by a time stamp"),
    TimeSource.DOCUMENT_TIME_STAMP: (
        "chứng minh bằng dấu thời gian của tài liệu",
        "proven by a document time stamp",
    ),
    TimeSource.CLAIMED: ("người ký tự khai", "claimed by the signer"),
}


def write_page(path: Path, reports: Sequence[VerificationReport], language: Language) -> None:
    """Write the reports into one HTML file; it appears whole or not at all."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with partial.open("x", encoding="utf-8") as file:
            file.write(page(reports, language))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def page(reports: Sequence[VerificationReport], language: Language) -> str:
    """The HTML of the reports, in Vietnamese or English."""

    def say(vi: str, en: str) -> str:
        return vi if language is Language.VIETNAMESE else en

    def told(subject: VerificationReport | SignatureVerdict | TimeStampVerdict | Reason) -> str:
        return say(subject.vi, subject.en)

    def signed_when(verdict: SignatureVerdict) -> str:
        moment: dt.datetime | None = verdict.proven_at or verdict.signed_at
        source = say(*_SOURCES[verdict.time_source])
        return f"{clock(moment)} – {source}" if moment else say("không rõ", "not known")

    environment = Environment(
        loader=PackageLoader("signing.validation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        reports=reports,
        language=language.value,
        say=say,
        told=told,
        signed_when=signed_when,
        title=lambda outcome: say(*_TITLES[outcome]),
        advice=lambda outcome: say(*_ADVICE[outcome]),
        state=lambda value: say(*_STATES[value]),
        revocation=lambda value: say(*_REVOCATIONS[value]),
        colour=_colour,
        clock=clock,
        day=day,
    )


def _colour(outcome: Outcome) -> str:
    """The class of an outcome: what may be accepted, what needs a look, what must not."""
    if outcome in (Outcome.VALID, Outcome.VALID_CERT_EXPIRED_NOW):
        return "good"
    if outcome in (Outcome.VALID_WEAK_HASH, Outcome.INDETERMINATE, Outcome.NOT_SIGNED):
        return "look"
    return "bad"
