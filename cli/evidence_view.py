"""What a person sees of archive evidence."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cli.screen import number, out
from cli.speech import language, say
from dossiers.clock import VIETNAM
from dossiers.errors import Language
from dossiers.evidence_contract import EvidenceStatus, EvidenceTimeStamp, EvidenceVerdict

if TYPE_CHECKING:
    from flows.evidence import EvidenceNight


def show_status(report: EvidenceStatus) -> None:
    """How things stand."""
    rows = [
        (say("Đối tượng đã có chứng cứ", "Objects proved"), number(report.proved)),
        (say("Đang chờ lần chạy đêm", "Waiting for the night"), number(report.waiting)),
        (say("Cây băm", "Hash trees"), number(report.trees)),
        (say("Cây chưa có dấu thời gian", "Trees without time stamp"), number(report.planned)),
        (say("Dấu thời gian", "Time stamps"), number(report.time_stamps)),
        (say("Dấu thời gian gần nhất", "Last time stamp"), moment(report.last_time_stamp)),
        (say("Đến hạn gia hạn", "Due for renewal"), number(report.due)),
        (say("Lần gia hạn kế tiếp", "Next renewal"), moment(report.next_renewal)),
        (
            say("Mốc neo nhật ký kiểm toán", "Anchors of the audit trail"),
            number(report.audit_anchors),
        ),
        (say("Thuật toán băm", "Hash algorithm"), report.algorithm),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        line(f"{name:<{width}}  {value}")
    if report.authority == "test":
        warn_of_test()


def show_stamps(verdict: EvidenceVerdict) -> None:
    """Since when a file is proved, and by which time stamps."""
    if verdict.proved_since is not None:
        line(
            say(
                f"    Tồn tại và nguyên vẹn từ {moment(verdict.proved_since)}; "
                f"kiểm chứng được đến {moment(verdict.valid_until)}.",
                f"    In existence and unchanged since {moment(verdict.proved_since)}; "
                f"can be verified until {moment(verdict.valid_until)}.",
            )
        )
    for count, each in enumerate(verdict.time_stamps, 1):
        mark = "✓" if each.ok else "✗"
        title = say("Dấu thời gian", "Time stamp")
        told = f"{moment(each.at)} · {each.authority} · {each.algorithm.upper()}"
        line(f"    {mark} {title} {count}: {told}", "dim")
        if not each.ok:
            detail = f" ({each.detail})" if each.detail else ""
            line(f"        {sentence(each)}{detail}", "dim")


def show_run(done: EvidenceNight) -> None:
    """What a run did."""
    line(
        say(
            f"{number(done.proved)} đối tượng mới có chứng cứ · "
            f"{number(done.renewed)} dấu thời gian được gia hạn · "
            f"{number(done.rehashed)} đối tượng được băm lại · "
            f"đã lấy {number(done.taken)} dấu thời gian.",
            f"{number(done.proved)} objects newly proved · "
            f"{number(done.renewed)} time stamps renewed · "
            f"{number(done.rehashed)} objects hashed again · "
            f"{number(done.taken)} time stamps taken.",
        )
    )
    for key in done.left_out:
        damaged = say("không còn nguyên vẹn, bị bỏ qua", "no longer intact, left out")
        line(f"✗ {key}: {damaged}", "red")
    for vi, en in done.faults:
        line(f"✗ {say(vi, en)}", "red")


def sentence(verdict: EvidenceVerdict | EvidenceTimeStamp) -> str:
    """The reason in the language asked for."""
    return verdict.vi if language() is Language.VIETNAMESE else verdict.en


def line(text: str, style: str | None = None) -> None:
    """One line; the terminal breaks it where it must."""
    out.print(text, style=style, markup=False, soft_wrap=True)


def moment(at: dt.datetime | None) -> str:
    """A moment on Vietnam's clocks."""
    return f"{at.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S %z}" if at else "–"


def warn_of_test() -> None:
    """Say that time stamps have no legal value."""
    line(
        say(
            "⚠ Dấu thời gian THỬ NGHIỆM, không có giá trị pháp lý "
            "(đặt timestamps.authorities trong sohoa.toml).",
            "⚠ TEST time stamps, without legal value (set timestamps.authorities in sohoa.toml).",
        ),
        "yellow",
    )
