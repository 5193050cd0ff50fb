"""``sohoa types evaluate``: how right readings were, where people have settled the truth."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from cli import types
from cli.screen import number, out, print_json
from cli.speech import say
from dossiers.clock import VIETNAM
from dossiers.evaluation_contract import EvaluationReport, FieldScoreReport, ThresholdReport
from dossiers.settings import load_settings

if TYPE_CHECKING:
    from extractors.evaluation import FieldScore, Point
    from extractors.types import DocumentTypes
    from flows.evaluating import Evaluation


def register(app: typer.Typer) -> None:
    """Add the command of this module to ``sohoa types``."""
    del app
    types.app.command(
        "evaluate",
        help=say("Đối chiếu kết quả đọc với dữ liệu người xem đã chốt.", "Score the readings."),
    )(evaluate)


def evaluate(
    types_folder: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help=say("Đọc lại bằng các loại trong thư mục này.", "Read anew by these types."),
        ),
    ] = None,
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=say("Từ ngày (NĂM-THÁNG-NGÀY).", "From this day.")),
    ] = None,
    precision: Annotated[
        float,
        typer.Option(min=0, max=1, help=say("Độ đúng mong muốn.", "Precision asked for.")),
    ] = 0.995,
    as_json: Annotated[bool, typer.Option("--json", help="JSON (docs/schema/evaluation)")] = False,
) -> None:
    """Score what people have settled, by type and field, the worst fields first."""
    from flows.evaluating import evaluate_types
    from flows.services import Services

    moment = since.replace(tzinfo=VIETNAM) if since else None
    settings = load_settings()
    with Services(settings) as services:
        done = evaluate_types(services, precision, moment, types_folder)
        services.ledger.audit.append("cli", "types.evaluated", "labelled", values=done.count)
        if as_json:
            print_json(_report(done, precision))
        elif done.scores:
            _show(services.types, done, precision)
        else:
            _nothing(done, collects=settings.review.collect)


def _report(done: Evaluation, precision: float) -> EvaluationReport:
    return EvaluationReport(
        count=done.count,
        left_out=done.left_out,
        precision=precision,
        scores=tuple(
            FieldScoreReport(
                type=score.type_code,
                field=score.field,
                count=score.count,
                right=score.right,
                best=_point(score.best) if score.best else None,
                curve=tuple(_point(point) for point in score.curve),
            )
            for score in done.scores
        ),
    )


def _point(point: Point) -> ThresholdReport:
    return ThresholdReport(
        threshold=point.threshold, coverage=point.coverage, precision=point.precision
    )


def _nothing(done: Evaluation, *, collects: bool) -> None:
    if done.left_out:
        out.print(
            say(
                f"{done.left_out} giá trị đã chốt nhưng trang giấy chưa được đọc bằng bản hiện nay.",
                f"{done.left_out} values are settled, but this version has not read their pages.",
            )
        )
        return
    out.print(say("Chưa có dữ liệu đối chiếu.", "There is no labelled material yet."))
    if not collects:
        out.print(
            say(
                "Đặt review.collect = true để giữ lại các giá trị người xem đã chốt.",
                "Set review.collect = true to keep what people settle.",
            ),
            style="dim",
        )


def _show(known: DocumentTypes, done: Evaluation, precision: float) -> None:
    table = Table(box=box.ROUNDED, header_style="bold")
    table.add_column(say("Loại · trường", "Type · field"))
    table.add_column(say("Số giá trị", "Values"), justify="right")
    table.add_column(say("Đọc đúng", "Right"), justify="right")
    wanted = _percent(precision)
    table.add_column(say(f"Ngưỡng để đúng {wanted}", f"Threshold for {wanted}"), justify="right")
    table.add_column(say("Khi đó qua được", "Passes then"), justify="right")
    for score in done.scores:
        if not score.field:
            table.add_section()
        table.add_row(
            _title(known, score),
            number(score.count),
            _percent(score.rate),
            number(score.best.threshold, 2) if score.best else "–",
            _percent(score.best.coverage) if score.best else "–",
        )
    out.print(table)
    out.print(
        say(
            f"{done.count} giá trị đã có người chốt. Chỉ những giá trị từng bị nghi ngờ mới có ở đây: "
            "tỷ lệ này không phải tỷ lệ của mọi giá trị.",
            f"{done.count} values that people settled. Only what was doubted is here: these are not "
            "the rates of all values.",
        ),
        style="dim",
    )
    if done.left_out:
        out.print(
            say(f"{done.left_out} giá trị không đọc lại được.", f"{done.left_out} left out."),
            style="yellow",
        )


def _title(known: DocumentTypes, score: FieldScore) -> Text:
    kind = known.get(score.type_code)
    if not score.field:
        return Text(say(kind.name.vi, kind.name.en) if kind else score.type_code, style="bold")
    declared = kind.field(score.field) if kind else None
    return Text("  " + (say(declared.title.vi, declared.title.en) if declared else score.field))


def _percent(share: float) -> str:
    return f"{number(100 * share, 1)} %"
