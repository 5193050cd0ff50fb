"""Validation of a whole file: every signature and time stamp in it, then one verdict."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from pyhanko.pdf_utils.generic import DictionaryObject, NullObject
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.quiet import quiet
from signing.validation import integrity
from signing.validation.additions import Additions
from signing.validation.form_changes import SignedFields
from signing.validation.judging import Case, DocumentStamp, judge
from signing.validation.material import Material, material_of
from signing.validation.online import Fetched, fetch_for
from signing.validation.outcomes import (
    SENTENCES,
    CertificateState,
    Outcome,
    Reason,
    Revocation,
    TimeSource,
    reason,
    worst,
)
from signing.validation.rules import Rules, bare_report
from signing.validation.stamps import Token, judge_stamp
from signing.validation.structure import removed_signatures, tail_fault
from signing.validation.trust import Trust, as_trust
from signing.validation.verdicts import SignatureVerdict, TimeStampVerdict, VerificationReport

# A file with more signature fields than this is an attack, not a document.
MOST_SIGNATURES = 50
_FORMATS = ("/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/ETSI.RFC3161")
_LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


@dataclass(slots=True)
class _Found:
    """Signature fields with a value, readable or not."""

    signatures: list[EmbeddedPdfSignature] = field(default_factory=list)
    broken: list[tuple[str, Reason]] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)
    held: set[str] = field(default_factory=set)


def verify(
    path: Path,
    trust: Trust | Sequence[Path],
    at: dt.datetime | None = None,
    rules: Rules | None = None,
) -> VerificationReport:
    """Judge all signatures and time stamps of a file.

    Args:
        path: any file.
        trust: whom to trust; plain paths are anchors (PEM or DER).
        at: the moment to take for now; the clock's by default.
        rules: how strictly; offline and without requiring revocation data by default.

    Raises:
        KeyUnavailable: a trust anchor cannot be read. Nothing about the file's content raises.
        OSError, MemoryError: the machine's own.
    """
    rules = rules or Rules()
    now = at or dt.datetime.now(dt.UTC)
    anchors = as_trust(trust)
    size = path.stat().st_size
    if size > rules.max_bytes:
        why = reason("TOO_LARGE", f"{size} > {rules.max_bytes} byte")
        return bare_report(path, b"", size, Outcome.INDETERMINATE, [why], now, rules)
    data = path.read_bytes()
    try:
        with quiet():
            return asyncio.run(_judged(path, data, anchors, now, rules))
    except MemoryError:
        raise  # the caller's limit (signing.validation.guard), not the file's meaning
    except Exception as error:
        # Whatever a hostile file makes a parser do: it is not a valid signature.
        why = reason("UNREADABLE", type(error).__name__)
        return bare_report(path, data, size, Outcome.INVALID_CHANGED, [why], now, rules)


async def _judged(
    path: Path, data: bytes, trust: Trust, now: dt.datetime, rules: Rules
) -> VerificationReport:
    reader = PdfFileReader(BytesIO(data), strict=False)
    if reader.encrypted and not _unlocked(reader):
        why = [reason("ENCRYPTED")]
        return bare_report(path, data, len(data), Outcome.INDETERMINATE, why, now, rules)
    found = _fields(reader)
    found.broken += [
        (name, reason("SIGNATURE_REMOVED", name)) for name in removed_signatures(reader, found.held)
    ]
    count = len(found.signatures) + len(found.broken)
    if count == 0:
        return bare_report(path, data, len(data), Outcome.NOT_SIGNED, [], now, rules)
    if count > MOST_SIGNATURES:
        why = [reason("TOO_MANY_SIGNATURES", count)]
        return bare_report(path, data, len(data), Outcome.INVALID_CHANGED, why, now, rules)
    around = _surroundings(data, reader, found)
    in_file = material_of(reader)
    fetched = Fetched()
    if rules.online:
        fetched = await fetch_for(found.signatures, trust, in_file, now)
    stamps = await _document_stamps(found, around, trust, in_file + fetched.material, now, rules)
    case = Case(
        around, trust, in_file, fetched.material, tuple(stamps), now, rules.require_revocation
    )
    verdicts = [_broken(name, why) for name, why in found.broken]
    verdicts += [await _one(s, case) for s in found.signatures if not _is_stamp(s)]
    return _whole(path, data, verdicts, [s.verdict for s in stamps], fetched, now, rules)


def _unlocked(reader: PdfFileReader) -> bool:
    """Whether the empty user password opens an encrypted file."""
    try:
        return bool(reader.decrypt("").status.value)
    except PdfReadError:  # encrypted for certain certificates
        return False


def _fields(reader: PdfFileReader) -> _Found:
    """All signature fields that hold a value; what cannot be read is told, not passed over."""
    found = _Found()
    for name, value, field_object in enumerate_sig_fields(reader):
        found.names[str(name)] += 1
        if value is None or isinstance(value.get_object(), NullObject):
            continue
        found.held.add(str(name))
        try:
            content = value.get_object()
            if not isinstance(content, DictionaryObject):
                found.broken.append((str(name), reason("SIGNATURE_UNREADABLE", "/V")))
                continue
            kind = str(content.get("/SubFilter"))
            if kind not in _FORMATS:
                found.broken.append((str(name), reason("FORMAT_UNSUPPORTED", kind)))
                continue
            signature = EmbeddedPdfSignature(reader, field_object, str(name))
            signature.signer_cert  # noqa: B018 - a signature without its certificate is broken
            found.signatures.append(signature)
        except MemoryError:
            raise
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"[:200]
            found.broken.append((str(name), reason("SIGNATURE_UNREADABLE", detail)))
    found.signatures.sort(key=lambda signature: signature.signed_revision)
    return found


def _surroundings(data: bytes, reader: PdfFileReader, found: _Found) -> integrity.Surroundings:
    twice = sorted(name for name, count in found.names.items() if count > 1)
    fault = reason("DUPLICATE_FIELD", ", ".join(twice)) if twice else None
    if fault is None and (code := tail_fault(data, reader)):
        fault = reason(code)
    filling = tuple(
        signature.signed_revision
        for signature in found.signatures
        if not _is_stamp(signature) and integrity.allows_filling(signature)
    )
    additions = Additions(data, reader)
    names = frozenset(str(signature.field_name) for signature in found.signatures)
    stamps = frozenset(str(s.field_name) for s in found.signatures if _is_stamp(s))
    signed = SignedFields(names, stamps)
    return integrity.Surroundings(data, reader, additions, signed, filling, fault)


def _is_stamp(signature: EmbeddedPdfSignature) -> bool:
    return str(signature.sig_object.get("/SubFilter")) == "/ETSI.RFC3161"


async def _document_stamps(
    found: _Found,
    around: integrity.Surroundings,
    trust: Trust,
    material: Material,
    now: dt.datetime,
    rules: Rules,
) -> list[DocumentStamp]:
    """Document time stamps, judged from the last to the first: each protects those before it."""
    stamps: list[DocumentStamp] = []
    protected: dt.datetime | None = None
    for signature in reversed([s for s in found.signatures if _is_stamp(s)]):
        whole = integrity.check(signature, around, stamp=True)
        token = Token(
            signature.signed_data, signature.compute_digest, str(signature.field_name), whole.fault
        )
        verdict = await judge_stamp(
            token, trust, material, now, protected, require_revocation=rules.require_revocation
        )
        stamps.append(DocumentStamp(signature.signed_revision, verdict))
        if verdict.proves and verdict.time:
            protected = min(protected or verdict.time, verdict.time)
    return stamps[::-1]


async def _one(signature: EmbeddedPdfSignature, case: Case) -> SignatureVerdict:
    try:
        return await judge(signature, case)
    except MemoryError:
        raise
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        return _broken(str(signature.field_name), reason("SIGNATURE_UNREADABLE", detail))


def _broken(name: str, why: Reason) -> SignatureVerdict:
    """A signature of which nothing can be said but that it is none."""
    old = why.code == "FORMAT_UNSUPPORTED"
    outcome = Outcome.INDETERMINATE if old else Outcome.INVALID_CHANGED
    vi, en = SENTENCES[outcome]
    return SignatureVerdict(
        field=name,
        signer="?",
        organisation=None,
        issuer="?",
        certificate=None,
        signed_at=None,
        proven_at=None,
        time_source=TimeSource.CLAIMED,
        outcome=outcome,
        vi=vi,
        en=en,
        reasons=(why,),
        intact=False,
        whole_document=False,
        certifies=False,
        certificate_then=CertificateState.UNKNOWN,
        certificate_now=CertificateState.UNKNOWN,
        revoked_at=None,
        revocation=Revocation.NOT_CHECKED,
        level=None,
        digest="?",
        mechanism="?",
    )


def _whole(
    path: Path,
    data: bytes,
    signatures: list[SignatureVerdict],
    stamps: list[TimeStampVerdict],
    fetched: Fetched,
    now: dt.datetime,
    rules: Rules,
) -> VerificationReport:
    reasons = [reason("FETCH_FAILED", failure) for failure in fetched.failures]
    outcomes = [signature.outcome for signature in signatures]
    # A time stamp that was broken says that the file was changed; a merely unusable one proves nothing.
    outcomes += [s.outcome for s in stamps if s.outcome is Outcome.INVALID_CHANGED]
    if not signatures:
        reasons.append(reason("ONLY_TIME_STAMPED"))
        outcomes.append(Outcome.NOT_SIGNED)
    reached = [signature.level for signature in signatures]
    level = None
    if reached and None not in reached:
        level = min((item for item in reached if item), key=_LEVELS.index)
    outcome = worst(outcomes)
    report = bare_report(path, data, len(data), outcome, reasons, now, rules)
    return VerificationReport(
        file=report.file,
        sha256=report.sha256,
        size=report.size,
        outcome=outcome,
        vi=report.vi,
        en=report.en,
        reasons=report.reasons,
        signatures=tuple(signatures),
        document_time_stamps=tuple(stamps),
        level=level,
        checked_at=now,
        online=rules.online,
    )
