"""``sohoa sign``."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.preservation import sign_group
from cli.speech import say
from dossiers.dossier import FormOfCopy
from dossiers.errors import InvalidSettings
from dossiers.settings import Settings, load_settings

if TYPE_CHECKING:
    from signing.appearance import Look
    from signing.sign_off import SignOff

_PLACE = re.compile(r"(\d+):" + ",".join([r"(\d+(?:\.\d+)?)"] * 4))


class Kind(StrEnum):
    """What is signed, and so how its signatures look (NĐ 30/2020, Phụ lục I)."""

    COPY = "copy"
    ATTACHMENT = "attachment"
    RESULT = "result"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(sign_group(sign), name="sign")


def sign(
    files: Annotated[
        list[Path],
        typer.Argument(help=say("Các tệp PDF.", "PDF files."), exists=True, dir_okay=False),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=say("Tệp ra.", "File to write."))
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help=say("Thư mục ra, khi ký nhiều tệp.", "Folder to write to, for many files."),
            file_okay=False,
        ),
    ] = None,
    document_type: Annotated[
        str | None,
        typer.Option(
            "--type",
            help=say(
                "Mã loại giấy tờ, quyết định ai ký.", "Document type code, which decides who signs."
            ),
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            help=say(
                "Mức chữ ký: B-B, B-T, B-LT, B-LTA (mặc định theo [levels]).",
                "Level: B-B, B-T, B-LT, B-LTA (default: as [levels] has it).",
            )
        ),
    ] = None,
    kind: Annotated[
        Kind,
        typer.Option(
            "--as",
            help=say(
                "Bản sao số hóa (copy), văn bản kèm theo (attachment), kết quả điện tử (result).",
                "A digitised copy, an attachment, or a born-electronic result.",
            ),
        ),
    ] = Kind.COPY,
    number: Annotated[
        str | None,
        typer.Option(
            help=say("Số và ký hiệu văn bản, với attachment.", "Number and symbol, of attachments.")
        ),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            help=say(
                "Chỗ ký của result: TRANG:X0,Y0,X1,Y1 (điểm, từ góc trên trái); bỏ trống thì tự tìm.",
                "Where a result is signed: PAGE:X0,Y0,X1,Y1 (points from the top left); else found.",
            )
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Sign with the keys of the chain; many files with one unlock, or one approval on the phone."""
    from cli.signing_batch import sign_files
    from signing.levels import Level

    settings = load_settings()
    try:
        wanted = Level(level or settings.levels.of(document_type))
    except ValueError:
        raise typer.BadParameter(", ".join(Level), param_hint="--level") from None
    look = _look(settings, kind, number, place)
    pairs = targets(files, output, folder)
    if not sign_files(settings, pairs, look, document_type, wanted, as_json):
        raise typer.Exit(1)


def targets(files: list[Path], output: Path | None, folder: Path | None) -> list[tuple[Path, Path]]:
    """Each file with the file to write."""
    if (output is None) == (folder is None) or (output is not None and len(files) > 1):
        raise typer.BadParameter(
            say(
                "cần -o cho một tệp, hoặc --to cho nhiều tệp", "give -o for one file, --to for many"
            )
        )
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    pairs = [(file, folder / file.name if folder else output or file) for file in files]
    written = [out.resolve() for _, out in pairs]
    if len(set(written)) < len(written) or set(written) & {file.resolve() for file in files}:
        raise typer.BadParameter(
            say("các tệp ra trùng nhau hoặc trùng tệp vào", "files to write coincide, or are read")
        )
    return pairs


def _look(settings: Settings, kind: Kind, number: str | None, place: str | None) -> Look:
    from signing.appearance import Appearance, AttachmentAppearance, ResultAppearance
    from signing.pictures import PictureKind, load_picture

    now = dt.datetime.now(dt.UTC)
    if kind is Kind.COPY:
        return Appearance(FormOfCopy.TRUE_COPY, settings.agency.name, now)
    if kind is Kind.ATTACHMENT:
        if not number:
            raise typer.BadParameter(say("cần --number", "--number is needed"))
        return AttachmentAppearance(number, now)
    pictures = settings.pictures
    if pictures.signature is None or pictures.seal is None:
        missing = "pictures.signature" if pictures.signature is None else "pictures.seal"
        raise InvalidSettings(detail=f"{missing}: {say('chưa đặt', 'not set')}")
    return ResultAppearance(
        load_picture(pictures.signature, PictureKind.SIGNATURE),
        load_picture(pictures.seal, PictureKind.SEAL),
        now,
        _sign_off(place) if place else None,
        pictures.seal_diameter_mm,
    )


def _sign_off(text: str) -> SignOff:
    from dossiers.reading import Box
    from signing.sign_off import SignOff

    found = _PLACE.fullmatch(text)
    if found is None or int(found[1]) < 1:
        raise typer.BadParameter("PAGE:X0,Y0,X1,Y1")
    box = Box(*(float(side) for side in found.groups()[1:]))
    if box.width <= 0 or box.height <= 0:
        raise typer.BadParameter("PAGE:X0,Y0,X1,Y1")
    return SignOff(int(found[1]) - 1, box)
