"""What ``sohoa doctor`` says of keys: of what kind, whose, from whom, how long they are good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cli.speech import language, say
from dossiers.clock import VIETNAM
from dossiers.dossier import Agency, SigningRole
from dossiers.errors import SohoaError, TokenBusy
from dossiers.settings import Settings
from signing.keys import KeyKind, Signatory, try_keys

WARN_DAYS = 30


@dataclass(frozen=True, slots=True)
class KeyLook:
    """One role: who fills it, whether they can sign, what to do if anything."""

    role: SigningRole
    ok: bool
    detail: str
    advice: str | None = None


def examine_keys(settings: Settings, now: dt.datetime | None = None) -> list[KeyLook]:
    """Every role that is set or needed. Nobody is asked for consent."""
    agency = Agency(settings.agency.code, settings.agency.name)
    now = now or dt.datetime.now(dt.UTC)
    test = not settings.signing.keys
    looks: list[KeyLook] = []
    for role, found in try_keys(settings.signing, settings.pki_folder, agency).items():
        if isinstance(found, Signatory):
            # Said once: it is the same test PKI for all.
            advice = (None if looks else _test_advice()) if test else _expiry(found, now)
            looks.append(KeyLook(role, ok=True, detail=_told(found), advice=advice))
        else:
            # In use elsewhere is in order; what it is can be seen when it is free.
            busy = isinstance(found, TokenBusy)
            looks.append(KeyLook(role, ok=busy, detail=_named(found)))
    return looks


def _told(who: Signatory) -> str:
    kind = {
        KeyKind.PKCS12: say("tệp PKCS#12", "PKCS#12 file"),
        KeyKind.PKCS11: say("thiết bị PKCS#11", "PKCS#11 token"),
        KeyKind.CSC: say("ký số từ xa (CSC)", "remote (CSC)"),
    }[who.kind]
    issuer, until = say("cấp bởi", "issued by"), say("hiệu lực đến", "valid until")
    day = f"{who.valid_until.astimezone(VIETNAM):%d/%m/%Y}"
    return f"{kind} · {who.algorithm} · {who.subject} · {issuer} {who.issuer} · {until} {day}"


def _expiry(who: Signatory, now: dt.datetime) -> str | None:
    days = (who.valid_until - now).days
    if days >= WARN_DAYS:
        return None
    return say(
        f"Chứng thư hết hạn sau {days} ngày; hãy làm thủ tục gia hạn.",
        f"The certificate expires in {days} days; have it renewed.",
    )


def _named(error: SohoaError) -> str:
    return f"{error.message(language())} [{error.code}]"


def _test_advice() -> str:
    return say(
        "Đang dùng chứng thư THỬ NGHIỆM, không có giá trị pháp lý. "
        "Đặt [signing.officer] và [signing.agency] trong sohoa.toml (docs/signing-keys.md).",
        "TEST certificates without legal value are in use. "
        "Set [signing.officer] and [signing.agency] in sohoa.toml (docs/signing-keys.md).",
    )
