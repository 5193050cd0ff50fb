"""Signing many files: one unlock, a bar, and what became of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from cli.keyboard import at_keyboard
from cli.screen import err, out, print_json
from cli.speech import language, say
from cli.system_faults import code_of, sentence_of
from dossiers.errors import SohoaError
from dossiers.settings import Settings

if TYPE_CHECKING:
    from flows.signing_files import SignedByUs
    from signing.appearance import Look
    from signing.batch import Outcome
    from signing.levels import Level
    from signing.pades import SigningReport

Pair = tuple[Path, Path]


def sign_files(
    settings: Settings,
    pairs: Sequence[Pair],
    appearance: Look,
    document_type: str | None,
    level: Level,
    as_json: bool,
) -> bool:
    """Sign each file into the other of its pair and tell of it; whether all were signed."""
    from flows.acts import record_acts
    from flows.services import Services
    from flows.signing_files import sign_file
    from signing.batch import sign_all

    bar = _Bar(len(pairs))
    with Services(settings, at_keyboard(bar.paused)) as services, bar:
        if document_type and services.types.get(document_type) is None:
            known = ", ".join(kind.code for kind in services.types)
            raise typer.BadParameter(
                say(f"không có loại “{document_type}”; có: ", f"no type “{document_type}” among: ")
                + known
            )
        signatories = services.signatories
        signatories.signing(document_type)  # nobody is asked before it is known who signs

        def sign(pair: Pair) -> SignedByUs:
            source, target = pair
            return sign_file(
                services, source, target, appearance, type_code=document_type, level=level
            )

        def done(outcome: Outcome[Pair, SignedByUs]) -> None:
            if outcome.result is not None:
                presented = _sha256(outcome.job[0])
                record_acts(
                    services,
                    f"sha256:{presented}",
                    presented,
                    outcome.result.report.sha256,
                    document_type,
                )
            bar.advance()
            _tell(outcome, level, as_json=as_json)

        outcomes = sign_all(
            pairs,
            sign,
            together=signatories.together,
            size=lambda pair: pair[0].stat().st_size,
            description=_description,
            done=done,
        )
        test = signatories.test
    if test and not as_json and any(outcome.result for outcome in outcomes):
        warning = say(
            "⚠ Ký bằng chứng thư THỬ NGHIỆM, không có giá trị pháp lý.",
            "⚠ Signed with TEST certificates, without legal value.",
        )
        out.print(warning, style="yellow")
    return all(outcome.error is None for outcome in outcomes)


def _description(pairs: Sequence[Pair]) -> str:
    names = ", ".join(source.name for source, _ in pairs)
    return say(f"Ký {len(pairs)} văn bản: {names}", f"Sign {len(pairs)} documents: {names}")


def _tell(outcome: Outcome[Pair, SignedByUs], asked: Level, *, as_json: bool) -> None:
    source, target = outcome.job
    if outcome.result is not None:
        report, others = outcome.result.report, outcome.result.others
        if as_json:
            told = {**asdict(report), "others": list(others)}
            print_json({"file": source.name, "output": str(target), **told})
            return
        out.print(f"✓ {target}: PAdES {report.level} · {' → '.join(report.signers)}")
        if others:
            names = ", ".join(others)
            out.print(
                say(
                    f"  Ký thêm vào tệp đã ký; chữ ký có sẵn vẫn như cũ: {names}",
                    f"  Added to a signed file, whose signatures stay as they were: {names}",
                ),
                style="dim",
            )
        if report.level is not report.wanted:
            why = _shortfall(report)
            out.print(
                say(
                    f"⚠ Chưa đạt mức {report.wanted}: {why}. Chữ ký đã có hiệu lực ở mức "
                    f"{report.level}.",
                    f"⚠ Level {report.wanted} was not reached: {why}. The signature stands at "
                    f"{report.level}.",
                ),
                style="yellow",
                markup=False,
            )
        elif report.level.rank < asked.rank:
            out.print(
                say(
                    f"⚠ Tệp có chữ ký của người khác nên chỉ ký ở mức {report.level}, không ở mức "
                    f"{asked}.",
                    f"⚠ Others have signed the file, so ours stand at {report.level}, not at "
                    f"{asked}.",
                ),
                style="yellow",
            )
        return
    error = outcome.error
    if error is None:
        return
    if isinstance(error, SohoaError):
        code, message = error.code, error.message(language())
    else:
        code, message = code_of(error), sentence_of(error)
    if as_json:
        print_json({"file": source.name, "error": {"code": code, "message": message}})
    else:
        err.print(f"✗ {source.name}: {message} [{code}]", style="red", markup=False)


def _shortfall(report: SigningReport) -> str:
    """What kept a signature from the level wanted, in words, with the code and what was found."""
    words = {
        "timestamp_unavailable": say("chưa lấy được dấu thời gian", "no time stamp was to be had"),
        "revocation_unavailable": say(
            "chưa lấy được tình trạng thu hồi của chứng thư",
            "the revocation status of a certificate was not to be had",
        ),
        "signature_rejected": say(
            "khi kiểm tra lại, tệp không đạt mức này",
            "judged anew, the file was not found to have it",
        ),
    }
    code = report.shortfall or ""
    found = f" ({report.why})" if report.why else ""
    return f"{words.get(code, say('có lỗi', 'a fault'))}{found} [{code}]"


class _Bar:
    """Files signed of all; nothing for a single one."""

    def __init__(self, count: int) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(say("văn bản", "documents")),
            console=err,
            transient=True,
            disable=count == 1,
        )
        self._task = self._bar.add_task(say("Đang ký", "Signing"), total=count)

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Without the bar, while a person is asked for something."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()

    def advance(self) -> None:
        """One more is done."""
        self._bar.update(self._task, advance=1)


def _sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
