"""What ``sohoa doctor`` looks at: each check says what it found and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr

from cli.speech import language, say
from dossiers.dossier import Agency
from dossiers.errors import SohoaError
from dossiers.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: whether it passed, what was found, what to do if anything."""

    name: str
    ok: bool
    detail: str
    advice: str | None = None


def examine(settings: Settings) -> list[Finding]:
    """All checks, each on its own: one that fails does not hide the others."""
    checks: list[tuple[str, Callable[[Settings], Finding]]] = [
        (say("Thư mục nhận", "Intake folder"), _intake),
        (say("Bộ nhận dạng", "Recogniser"), _engine),
        (say("Loại giấy tờ", "Document types"), _types),
        (say("PDF/A (veraPDF)", "PDF/A (veraPDF)"), _validator),
        (say("Phông chữ dấu ký", "Stamp font"), _font),
        (say("Khóa ký", "Signing keys"), _keys),
        (say("Tổ chức chứng thực tin cậy", "Trusted authorities"), _trust),
        (say("Sổ cái", "Ledger"), _ledger),
        (say("Kho đối tượng", "Object store"), _store),
    ]
    findings = []
    for name, check in checks:
        try:
            found = check(settings)
        except SohoaError as error:
            found = Finding("", ok=False, detail=error.message(language()))
        except OSError as error:
            found = Finding("", ok=False, detail=str(error))
        findings.append(Finding(name, found.ok, found.detail, found.advice))
    return findings


def settings_in_effect(settings: Settings) -> dict[str, str]:
    """Every setting with its dotted name; secrets masked, so is the password of the ledger's URL."""
    return dict(_flat("", settings))


def _flat(prefix: str, section: BaseModel) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            rows.extend(_flat(f"{prefix}{name}.", value))
        elif value is not None:
            rows.append((prefix + name, "********" if isinstance(value, SecretStr) else str(value)))
    return rows


def _good(detail: str, advice: str | None = None) -> Finding:
    return Finding("", ok=True, detail=detail, advice=advice)


def _intake(settings: Settings) -> Finding:
    from flows.intake_folder import find_dossiers

    folder = settings.intake_folder
    folder.mkdir(parents=True, exist_ok=True)
    waiting = len(find_dossiers(folder.absolute()))
    return _good(f"{folder} · {waiting} {say('hồ sơ đang chờ', 'dossiers waiting')}")


def _engine(settings: Settings) -> Finding:
    from extractors.engines import open_engine
    from extractors.installed import LINE_MODEL, find_tessdata
    from extractors.pool import granted_cores

    engine = open_engine(settings.reading)
    workers = settings.reading.workers or granted_cores()
    if settings.reading.engine == "fast":
        why = say("nhanh và chính xác nhất đo được", "the fastest and most exact measured")
        data = LINE_MODEL
    else:
        why = say("do quản trị viên chọn", "chosen by the administrator")
        data = find_tessdata(settings.reading)
    detail = f"{engine.name} {engine.version} ({why}) · {data}"
    return _good(f"{detail} · {workers} {say('tiến trình', 'processes')}")


def _types(settings: Settings) -> Finding:
    from extractors.types import load_types

    types = load_types(settings.reading.types_folder)
    return _good(f"{len(types)} {say('loại', 'types')}: {', '.join(kind.code for kind in types)}")


def _validator(settings: Settings) -> Finding:
    from copies.conformance import Validator

    del settings
    with Validator():
        return _good(say("sẵn sàng", "ready"))


def _font(settings: Settings) -> Finding:
    from signing.fonts import stamp_font

    return _good(str(stamp_font(settings.home / "cache")))


def _keys(settings: Settings) -> Finding:
    from signing.keys import load_signatories

    agency = Agency(settings.agency.code, settings.agency.name)
    found = load_signatories(settings.signing, settings.pki_folder, agency)
    detail = " · ".join(
        f"{who.name} ({say('đến', 'until')} {who.valid_until:%d/%m/%Y})"
        for who in (found.officer, found.agency)
    )
    if found.test:
        advice = say(
            "Đang dùng chứng thư THỬ NGHIỆM, không có giá trị pháp lý. "
            "Đặt signing.officer_key và signing.agency_key.",
            "TEST certificates without legal value are in use. "
            "Set signing.officer_key and signing.agency_key.",
        )
        return _good(detail, advice)
    return _good(detail)


def _trust(settings: Settings) -> Finding:
    from signing.validation import TrustStore

    found = TrustStore(settings.trust_folder).authorities()
    anchors = sum(authority.anchor for authority in found)
    others = len(found) - anchors
    detail = say(
        f"{anchors} gốc, {others} cấp trung gian", f"{anchors} roots, {others} intermediates"
    )
    if anchors:
        return _good(detail)
    advice = say(
        "Giấy tờ có chữ ký của cơ quan khác sẽ bị coi là chưa tin cậy. Dùng: sohoa trust import.",
        "Papers signed by other agencies will count as untrusted. Use: sohoa trust import.",
    )
    return _good(detail, advice)


def _ledger(settings: Settings) -> Finding:
    from storage.ledger import open_ledger

    with open_ledger(settings.ledger_url) as ledger:
        trail = ledger.audit.verify()
        description = ledger.database.describe()
    if not trail.ok:
        detail = f"{description} · audit: {trail.first_bad}: {trail.reason}"
        return Finding("", ok=False, detail=detail)
    return _good(f"{description} · {trail.entries} {say('mục kiểm toán', 'audit entries')}")


def _store(settings: Settings) -> Finding:
    from storage.objects import open_store

    found = open_store(settings).check()
    detail = " · ".join(f"{name}: {value}" for name, value in found.items())
    return Finding("", ok="NO" not in found.get("object_lock", ""), detail=detail)
