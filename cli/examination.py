"""What ``sohoa doctor`` looks at: each check says what it found and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr

from cli.speech import language, say
from cli.system_faults import sentence_of
from dossiers.dossier import SigningRole
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
        (say("Dấu thời gian", "Time stamps"), _timestamps),
        (say("Ảnh chữ ký và con dấu", "Signature and seal pictures"), _pictures),
        (say("Tổ chức chứng thực tin cậy", "Trusted authorities"), _trust),
        (say("Sổ cái", "Ledger"), _ledger),
        (say("Kho đối tượng", "Object store"), _store),
        (say("Chứng cứ lưu trữ", "Archive evidence"), _evidence),
    ]
    findings = []
    for name, check in checks:
        try:
            found = check(settings)
        except SohoaError as error:
            found = Finding("", ok=False, detail=error.message(language()))
        except OSError as error:
            found = Finding("", ok=False, detail=sentence_of(error))
        findings.append(Finding(name, found.ok, found.detail, found.advice))
    return [*findings, *_keys(settings)]


def _keys(settings: Settings) -> list[Finding]:
    """A finding for each role that signs; a wrong setting of one does not hide the others."""
    from cli.key_examination import examine_keys

    names = {
        SigningRole.OFFICER: say("Khóa ký: cán bộ", "Key: officer"),
        SigningRole.AUTHORITY: say("Khóa ký: người có thẩm quyền", "Key: authority"),
        SigningRole.AGENCY: say("Khóa ký: cơ quan", "Key: agency"),
    }
    try:
        looks = examine_keys(settings)
    except OSError as error:
        return [Finding(say("Khóa ký", "Keys"), ok=False, detail=sentence_of(error))]
    return [Finding(names[look.role], look.ok, look.detail, look.advice) for look in looks]


def settings_in_effect(settings: Settings) -> dict[str, str]:
    """Every setting with its dotted name; secrets masked, so is the password of the ledger's URL."""
    return dict(_flat("", settings))


def _flat(prefix: str, section: BaseModel) -> list[tuple[str, str]]:
    return [
        row
        for name in type(section).model_fields
        for row in _rows(prefix + name, getattr(section, name))
    ]


def _rows(name: str, value: object) -> list[tuple[str, str]]:
    """A setting as its parts: a section by its keys, a list of sections by their places from 1."""
    if value is None:
        return []
    if value in ((), [], {}):
        return [(name, "–")]
    if isinstance(value, BaseModel):
        return _flat(f"{name}.", value)
    if isinstance(value, SecretStr):
        return [(name, "********")]
    if isinstance(value, dict):
        parts = [(f"{name}.{key}", item) for key, item in value.items()]
        return [row for part in parts for row in _rows(*part)]
    if isinstance(value, tuple | list):
        if any(isinstance(item, BaseModel) for item in value):
            parts = [(f"{name}[{place}]", item) for place, item in enumerate(value, start=1)]
            return [row for part in parts for row in _rows(*part)]
        return [(name, ", ".join(str(item) for item in value))]
    return [(name, str(value))]


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


def _pictures(settings: Settings) -> Finding:
    from signing.pictures import PictureKind, load_picture

    profile = settings.pictures
    if profile.signature is None and profile.seal is None:
        return _good(say("chưa đặt; chỉ ký bằng chữ", "not set; signatures show text only"))
    if profile.signature is None or profile.seal is None:
        missing = "pictures.signature" if profile.signature is None else "pictures.seal"
        return Finding("", ok=False, detail=f"{missing}: {say('chưa đặt', 'not set')}")
    load_picture(profile.signature, PictureKind.SIGNATURE)
    side = load_picture(profile.seal, PictureKind.SEAL).image.width
    dpi = round(side / (profile.seal_diameter_mm / 25.4))
    return _good(f"{profile.seal_diameter_mm:g} mm, {dpi} dpi")


def _timestamps(settings: Settings) -> Finding:
    """Asks every authority for one token (which counts), unless none is set."""
    from signing.augmentation import open_preservation
    from signing.certificates import read_certificates
    from signing.keys import trust_roots

    levels = settings.levels
    needed = any(level != "B-B" for level in (levels.default, *levels.by_type.values()))
    if not settings.timestamps.authorities:
        detail = say("chưa đặt; chữ ký ở mức B-B", "none set; signatures are at level B-B")
        how = say(
            "Đặt timestamps.authorities để chữ ký đứng vững khi chứng thư hết hạn "
            "(docs/signing-levels.md).",
            "Set timestamps.authorities so that signatures outlive their certificates "
            "(docs/signing-levels.md).",
        )
        return Finding("", ok=not needed, detail=detail, advice=how)
    roots = read_certificates(trust_roots(settings.signing, settings.pki_folder))
    authorities = open_preservation(settings, roots, patient=False).authorities
    probes = asyncio.run(authorities.probe())
    parts = []
    for probe, authority in zip(probes, settings.timestamps.authorities, strict=True):
        told = probe.fault or f"{probe.seconds:.1f} s"
        if probe.ahead is not None:
            told += f", {say('lệch giờ', 'clock')} {probe.ahead:+.0f} s"
        if authority.budget:
            told += f", {_used(probe.used, authority.budget, authority.period)}"
        parts.append(f"{probe.url} ({told})")
    working = any(probe.fault is None for probe in probes)
    advice = None
    if not working:
        advice = say(
            "Chữ ký vẫn được lập ở mức B-B và được nâng mức sau (sohoa sign upgrade). "
            "Kiểm tra mạng, timestamps.trust_roots và giờ máy chủ.",
            "Signatures are made at level B-B and raised later (sohoa sign upgrade). "
            "Check the network, timestamps.trust_roots and the clock.",
        )
    return Finding("", ok=working or not needed, detail=" · ".join(parts), advice=advice)


def _used(used: int, budget: int, period: str) -> str:
    """Tokens taken of those that a period allows."""
    when = {
        "day": say("trong ngày", "today"),
        "month": say("trong tháng", "this month"),
        "year": say("trong năm", "this year"),
    }[period]
    return say(f"đã dùng {used}/{budget} dấu {when}", f"{used} of {budget} stamps used {when}")


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


def _evidence(settings: Settings) -> Finding:
    from flows.evidence import due
    from flows.services import Services

    with Services(settings) as services:
        counts, overdue = services.ledger.evidence.counts(), len(due(services))
    authority = ", ".join(a.url for a in settings.timestamps.authorities) or say(
        "dấu thời gian THỬ NGHIỆM, không có giá trị pháp lý", "TEST time stamps, no legal value"
    )
    known = f"{counts.proved}/{counts.proved + counts.waiting} {say('đối tượng', 'objects')}"
    late = overdue + counts.planned
    advice = (
        say(
            f"{late} dấu thời gian còn thiếu hoặc đến hạn: chạy sohoa evidence stamp",
            f"{late} time stamps are missing or due: run sohoa evidence stamp",
        )
        if late
        else None
    )
    return Finding("", ok=not late, detail=f"{authority} · {known}", advice=advice)
