"""Is this object proved by this record, as of a moment? (RFC 4998, 4.3 and 5.3.) Offline.

Each time stamp must have been good when the next one was made, and the last one now: its signature,
its imprint, its certificate's path to a trusted root. Hostile records give a verdict, never a crash.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dossiers.errors import InvalidEvidence
from signing.evidence.hash_tree import climb
from signing.evidence.record import EvidenceRecord, rehash, token_facts
from signing.evidence.tokens import EvidenceOutcome, judge_token, read_certificate

Digest = Callable[[str], bytes]

_STAMP_REASONS: dict[EvidenceOutcome, tuple[str, str]] = {
    EvidenceOutcome.VALID: ("Hợp lệ.", "Valid."),
    EvidenceOutcome.EXPIRED: (
        "Chứng thư đã hết hạn tại thời điểm cần xét.",
        "Its certificate had run out at the moment that counts.",
    ),
    EvidenceOutcome.UNTRUSTED: (
        "Không dẫn đến tổ chức được tin cậy.",
        "It does not lead to a trusted authority.",
    ),
    EvidenceOutcome.REVOKED: (
        "Chứng thư đã bị thu hồi tại thời điểm cần xét.",
        "Its certificate had been revoked at the moment that counts.",
    ),
    EvidenceOutcome.INVALID: (
        "Dấu thời gian không hợp lệ hoặc đã bị thay đổi.",
        "It is not valid, or was changed.",
    ),
}

_REASONS: dict[EvidenceOutcome, tuple[str, str]] = {
    EvidenceOutcome.VALID: (
        "Tệp nguyên vẹn kể từ thời điểm của dấu thời gian đầu tiên.",
        "The file is unchanged since the first time stamp.",
    ),
    EvidenceOutcome.EXPIRED: (
        "Chứng thư của dấu thời gian đã hết hạn mà chứng cứ chưa được gia hạn kịp thời.",
        "A time stamp's certificate ran out before the evidence was renewed.",
    ),
    EvidenceOutcome.UNTRUSTED: (
        "Tổ chức cấp dấu thời gian không nằm trong danh sách tin cậy.",
        "A time stamp does not lead to a trusted authority.",
    ),
    EvidenceOutcome.REVOKED: (
        "Chứng thư của dấu thời gian đã bị thu hồi trước khi chứng cứ được gia hạn.",
        "A time stamp's certificate was revoked before the evidence was renewed.",
    ),
    EvidenceOutcome.NOT_COVERED: (
        "Bản ghi chứng cứ không phải của tệp này, hoặc tệp đã bị thay đổi.",
        "The record is not of this file, or the file was changed.",
    ),
    EvidenceOutcome.INVALID: (
        "Bản ghi chứng cứ bị hỏng hoặc đã bị thay đổi.",
        "The evidence record is damaged or was changed.",
    ),
}


@dataclass(frozen=True, slots=True)
class StampVerdict:
    """One time stamp: when and by whom, until when its path can be checked, and what is wrong.

    ``detail`` is technical, in English.
    """

    at: dt.datetime
    authority: str
    valid_until: dt.datetime
    algorithm: str
    chain: int
    outcome: EvidenceOutcome
    vi: str
    en: str
    detail: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it was good when it had to be."""
        return self.outcome is EvidenceOutcome.VALID


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """The verdict.

    ``proved_since`` is the first time stamp's moment, ``valid_until`` the end of the last one's path;
    ``revocation`` is ``checked`` when lists of revoked certificates spoke for every path.
    """

    outcome: EvidenceOutcome
    vi: str
    en: str
    proved_since: dt.datetime | None
    valid_until: dt.datetime | None
    stamps: tuple[StampVerdict, ...]
    revocation: str = "not_checked"

    @property
    def ok(self) -> bool:
        """Whether the object is proved."""
        return self.outcome is EvidenceOutcome.VALID


def verify_record(
    content: bytes,
    digest: Digest,
    trust_roots: Sequence[Path],
    at: dt.datetime | None = None,
    revoked: Sequence[bytes] = (),
) -> EvidenceReport:
    """Judge an object by its encoded record.

    Args:
        content: the record, as exported.
        digest: the object's hash by an algorithm's name; called once for each chain.
        trust_roots: PEM or DER certificates that time stamps must lead to.
        at: judge as of this moment; now by default.
        revoked: DER of lists of revoked certificates (RFC 5280), beside those inside the time stamps.

    Raises:
        KeyUnavailable: a trust root cannot be read. Nothing about the record itself raises.
    """
    roots = [read_certificate(root) for root in trust_roots]
    moment = at or dt.datetime.now(dt.UTC)
    try:
        record = EvidenceRecord.load(content)
    except InvalidEvidence as error:
        why = str(error.context["detail"])
        return _report(EvidenceOutcome.INVALID, (), (why, why))
    bound = _binding(record, digest)
    stamps = [stamp for chain in record.chains for stamp in chain]
    numbers = [number for number, chain in enumerate(record.chains, 1) for _ in chain]
    times = [token_facts(stamp.token).at for stamp in stamps]
    verdicts, listed, worst = [], True, bound[0] if bound else EvidenceOutcome.VALID
    for index, (stamp, number) in enumerate(zip(stamps, numbers, strict=True)):
        last = index == len(stamps) - 1
        until = moment if last else times[index + 1]
        judged = judge_token(stamp.token, roots, until, revoked)
        outcome, detail = judged.outcome, judged.detail
        listed &= judged.revocation_checked
        if until < times[index]:
            outcome, detail = EvidenceOutcome.INVALID, "made after the moment it has to hold at"
        worst = max(worst, outcome, key=list(EvidenceOutcome).index)
        verdicts.append(
            StampVerdict(
                judged.at,
                judged.authority,
                judged.valid_until,
                stamp.algorithm,
                number,
                outcome,
                *_STAMP_REASONS[outcome],
                detail,
            )
        )
    where = bound[1:] if bound and worst is bound[0] else None
    return _report(worst, tuple(verdicts), where, "checked" if listed else "not_checked")


def _report(
    outcome: EvidenceOutcome,
    stamps: tuple[StampVerdict, ...],
    where: tuple[str, str] | None,
    revocation: str = "not_checked",
) -> EvidenceReport:
    vi, en = _REASONS[outcome]
    if where:
        vi, en = f"{vi} ({where[0]})", f"{en} ({where[1]})"
    good = outcome is EvidenceOutcome.VALID
    return EvidenceReport(
        outcome,
        vi,
        en,
        stamps[0].at if good else None,
        stamps[-1].valid_until if good else None,
        stamps,
        revocation,
    )


def _binding(record: EvidenceRecord, digest: Digest) -> tuple[EvidenceOutcome, str, str] | None:
    """What breaks between object and stamped roots, and where (vi, en); ``None`` if nothing does."""
    for number, chain in enumerate(record.chains):
        value = digest(chain[0].algorithm)
        if number:
            value = rehash(record.chains[:number], value, chain[0].algorithm)
        for position, stamp in enumerate(chain):
            facts = token_facts(stamp.token)
            root = climb(value, stamp.reduced, stamp.algorithm)
            if root != facts.imprint or facts.algorithm != stamp.algorithm:
                first = number == position == 0
                outcome = EvidenceOutcome.NOT_COVERED if first else EvidenceOutcome.INVALID
                vi = f"chuỗi {number + 1}, dấu thời gian {position + 1}: mã băm không khớp"
                en = f"chain {number + 1}, time stamp {position + 1}: the hash does not match"
                return outcome, vi, en
            value = stamp.token_hash()
    return None
