"""``sohoa evidence``: archive evidence by RFC 4998."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.evidence_view import line, sentence, show_run, show_stamps, show_status, warn_of_test
from cli.screen import number, print_json
from cli.speech import say
from dossiers.clock import VIETNAM
from dossiers.evidence_contract import (
    EvidenceExport,
    EvidenceStatus,
    EvidenceTimeStamp,
    EvidenceVerdict,
)
from dossiers.settings import Settings, load_settings

if TYPE_CHECKING:
    from flows.evidence import EvidenceNight
    from flows.services import Services

app_ = typer.Typer(
    help=say("Chứng cứ lưu trữ (RFC 4998).", "Archive evidence (RFC 4998)."),
    no_args_is_help=True,
)

_Json = Annotated[bool, typer.Option("--json", help="JSON")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    commands = (
        ("status", status, "Tình trạng chứng cứ.", "How things stand."),
        ("export", export, "Xuất bản ghi chứng cứ của một tệp.", "Export the record of one file."),
        ("verify", verify, "Kiểm tra tệp theo bản ghi chứng cứ.", "Verify a file by its record."),
        ("stamp", stamp, "Lấy dấu thời gian ngay, không đợi đêm.", "Do the night's part now."),
        ("rehash", rehash, "Chuyển sang thuật toán băm mới.", "Move to a new hash algorithm."),
        ("rebuild", rebuild, "Dựng lại sổ cái từ kho.", "Rebuild the ledger's part."),
    )
    for name, command, vi, en in commands:
        app_.command(name, help=say(vi, en))(command)
    app.add_typer(app_, name="evidence")


def status(as_json: _Json = False) -> None:
    """Show how much is proved, what waits, what is due; exit code 1 when something is overdue."""
    from flows.evidence import due, next_renewal
    from flows.services import Services

    with Services(load_settings()) as services:
        evidence, settings = services.ledger.evidence, services.settings
        counts, heads = evidence.counts(), evidence.heads()
        report = EvidenceStatus(
            authority=", ".join(a.url for a in settings.timestamps.authorities) or "test",
            algorithm=settings.evidence.digest,
            proved=counts.proved,
            waiting=counts.waiting,
            trees=counts.trees,
            planned=counts.planned,
            time_stamps=counts.time_stamps,
            due=len(due(services)),
            next_renewal=min((next_renewal(services, head) for head in heads), default=None),
            last_time_stamp=max((h.stamp.at for h in heads if h.stamp), default=None),
            audit_anchors=len(evidence.anchors()),
        )
    if as_json:
        print_json(report)
    else:
        show_status(report)
    if report.planned or report.due:
        raise typer.Exit(1)


def export(
    name: Annotated[
        str,
        typer.Argument(
            help=say(
                "Tệp, mã giấy tờ hoặc khóa trong kho.", "A file, a document's code or a store key."
            )
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help=say("Tệp .er ghi ra.", "The .er file to write."))
    ],
    as_json: _Json = False,
) -> None:
    """Write the evidence record of one object; it is verified before it is written."""
    from flows.evidence_records import object_of_name, record_of_file
    from flows.services import Services

    with Services(load_settings()) as services, object_of_name(services, name) as path:
        content = record_of_file(services, path).dump()
        verdict = _judge(services.settings, path, content, (), None)
    if verdict.ok:
        _write(output, content)
    if as_json:
        where = str(output) if verdict.ok else None
        print_json(EvidenceExport(name=name, output=where, size=len(content), verdict=verdict))
    elif verdict.ok:
        line(f"✓ {output} · {number(len(content))} byte", "green")
        show_stamps(verdict)
        if not services.settings.timestamps.authorities:
            warn_of_test()
    else:
        line(f"✗ {name}: {sentence(verdict)}", "red")
        show_stamps(verdict)
    if not verdict.ok:
        raise typer.Exit(1)


def _write(output: Path, content: bytes) -> None:
    """Whole or not at all."""
    partial = output.with_name(f".{output.name}.{secrets.token_hex(6)}")
    try:
        partial.write_bytes(content)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def verify(
    file: Annotated[
        Path,
        typer.Argument(help=say("Tệp cần kiểm tra.", "The file."), exists=True, dir_okay=False),
    ],
    record: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=say("Bản ghi .er; nếu không có, lấy từ sổ cái.", "Its .er; else the ledger's."),
        ),
    ] = None,
    trust_root: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=say(
                "Chỉ tin chứng thư gốc này (PEM, DER; có thể ghi nhiều lần); nếu không ghi, tin các "
                "chứng thư gốc trong cấu hình.",
                "Trust this root alone (PEM, DER; may be repeated) instead of those of the settings.",
            ),
        ),
    ] = None,
    crl: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=say("Danh sách chứng thư bị thu hồi (CRL).", "A list of revoked certificates."),
        ),
    ] = None,
    at: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help=say("Xét tại ngày này (NĂM-THÁNG-NGÀY).", "As of this day.")
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Judge a file by its evidence record; exit code 1 unless it is proved."""
    settings = load_settings()
    if record is not None:
        content = record.read_bytes()
    else:
        from flows.evidence_records import record_of_file
        from flows.services import Services

        with Services(settings) as services:
            content = record_of_file(services, file).dump()
    moment = at.replace(tzinfo=VIETNAM) if at else None
    lists = [_der(path) for path in crl or ()]
    verdict = _judge(settings, file, content, tuple(trust_root or ()), moment, lists)
    if as_json:
        print_json(verdict)
    else:
        mark, style = ("✓", "green") if verdict.ok else ("✗", "red")
        line(f"{mark} {file}: {sentence(verdict)}", style)
        show_stamps(verdict)
        if verdict.ok and verdict.revocation == "not_checked":
            line(
                say(
                    "    Chưa kiểm tra thu hồi chứng thư của tổ chức cấp dấu thời gian.",
                    "    Revocation of the authorities' certificates was not checked.",
                ),
                "dim",
            )
        if not settings.timestamps.authorities:
            warn_of_test()
    if not verdict.ok:
        raise typer.Exit(1)


def _judge(
    settings: Settings,
    file: Path,
    content: bytes,
    roots: tuple[Path, ...],
    moment: dt.datetime | None,
    lists: Sequence[bytes] = (),
) -> EvidenceVerdict:
    from signing.evidence.hash_tree import digest_file
    from signing.evidence.stamping import stamp_roots
    from signing.evidence.verification import verify_record

    # Who names roots wants to know whether the record leads to these.
    trusted = roots or stamp_roots(settings)
    report = verify_record(content, lambda name: digest_file(file, name), trusted, moment, lists)
    return EvidenceVerdict(
        ok=report.ok,
        file=file.name,
        sha256=digest_file(file, "sha256").hex(),
        outcome=report.outcome.value,
        vi=report.vi,
        en=report.en,
        proved_since=report.proved_since,
        valid_until=report.valid_until,
        revocation="checked" if report.revocation == "checked" else "not_checked",
        time_stamps=[
            EvidenceTimeStamp(
                at=s.at,
                authority=s.authority,
                valid_until=s.valid_until,
                algorithm=s.algorithm,
                chain=s.chain,
                ok=s.ok,
                outcome=s.outcome.value,
                vi=s.vi,
                en=s.en,
                detail=s.detail,
            )
            for s in report.stamps
        ],
    )


def _der(path: Path) -> bytes:
    """A list of revoked certificates as DER, whichever way it is written."""
    from asn1crypto import crl, pem

    content = path.read_bytes()
    try:
        if pem.detect(content):
            _, _, content = pem.unarmor(content)
        crl.CertificateList.load(content, strict=True).native  # noqa: B018 - parses it all
    except (ValueError, TypeError) as error:
        raise typer.BadParameter(f"{path}: {error}") from error
    return content


def stamp(as_json: _Json = False) -> None:
    """Prove what is new and renew what is due, as the nightly run does; exit code 1 on a fault."""
    from flows.evidence import keep_evidence
    from flows.services import Services

    with Services(load_settings()) as services:
        done = asyncio.run(keep_evidence(services))
    _tell(services, done, as_json=as_json)


def rehash(as_json: _Json = False) -> None:
    """Prove all objects again by ``evidence.digest``; reads each of them once."""
    from flows.evidence import renew_hash_trees
    from flows.services import Services

    with Services(load_settings()) as services:
        done = asyncio.run(renew_hash_trees(services))
    _tell(services, done, as_json=as_json)


def rebuild(as_json: _Json = False) -> None:
    """Record again every tree and time stamp that lies in the object store."""
    from flows.evidence_rebuild import rebuild_evidence
    from flows.services import Services

    with Services(load_settings()) as services:
        count = rebuild_evidence(services)
    if as_json:
        print_json({"trees": count})
        return
    line(
        say(
            f"✓ Sổ cái có đủ {number(count)} cây băm của kho.",
            f"✓ The ledger has all {number(count)} hash trees of the store.",
        ),
        "green",
    )


def _tell(services: Services, done: EvidenceNight, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "ok": done.ok,
                "proved": done.proved,
                "renewed": done.renewed,
                "rehashed": done.rehashed,
                "time_stamps_taken": done.taken,
                "left_out": list(done.left_out),
                "faults": [{"vi": vi, "en": en} for vi, en in done.faults],
            }
        )
    else:
        show_run(done)
        if not services.settings.timestamps.authorities:
            warn_of_test()
    if not done.ok:
        raise typer.Exit(1)
