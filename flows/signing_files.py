"""Signing a file that somebody names: what it allows, and two judges before it is handed out.

A file that others have signed is countersigned, as papers of the intake are, where that keeps their
signatures what they are (decision 9); where it cannot, it is refused before a key is touched.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from dossiers.errors import (
    AlreadySigned,
    BrokenBefore,
    ClosedToSignatures,
    DamagedFile,
    Language,
    PasswordProtected,
)
from extractors.sources import signed_fields
from flows.handing_out import check_writable, hand_out
from flows.sealing import seal
from flows.services import Services
from flows.signed_input import check_kept
from flows.storing import check_signatures
from flows.verdicts import BROKEN, why
from signing.admission import STUMBLES
from signing.appearance import Look
from signing.levels import Level
from signing.pades import FIELDS, SigningReport


@dataclass(frozen=True, slots=True)
class SignedByUs:
    """What was signed; ``others`` are the signers whose signatures the file had, and keeps."""

    report: SigningReport
    others: tuple[str, ...] = ()


def sign_file(
    services: Services,
    source: Path,
    target: Path,
    look: Look,
    *,
    type_code: str | None,
    level: Level,
) -> SignedByUs:
    """Sign; ``target`` is written last, once the second judge finds what the first has found.

    Raises:
        AlreadySigned: by one of those who would sign now.
        ClosedToSignatures: a signature in it forbids further ones.
        BrokenBefore: a signature in it is not valid; nothing is put on top of that.
        SignatureRejected: the judges do not agree, or a signature of others would not stay as it was.
        SohoaError: as :func:`flows.sealing.seal` has it.
        OSError: ``target`` cannot be written.
    """
    check_writable(target)
    fields = [FIELDS[role] for role, _ in services.signatories.signing(type_code)]
    signed = _refuse_closed(source, fields)
    before = services.judge(source, require_revocation=False) if signed else None
    if before is not None and before.outcome in BROKEN:
        vi, en = (why(before, language) for language in Language)
        raise BrokenBefore(file=source.name, detail=vi, en=en)
    with tempfile.TemporaryDirectory(dir=services.settings.work_folder) as folder:
        made = Path(folder) / "signed.pdf"
        report = seal(
            services,
            source,
            made,
            look,
            type_code=type_code,
            level=level,
            patient=True,
            countersign=signed,
        )
        if before is None:
            check_signatures(services, made, source.name, report.level)
        else:
            check_kept(services, source, made, source.name, report.level, before)
        hand_out(made, target)
    others = before.signatures if before is not None else ()
    return SignedByUs(report, tuple(signature.signer for signature in others))


def _refuse_closed(source: Path, ours: list[str]) -> bool:
    """Whether the file has signatures or time stamps; refused where they admit none of ours."""
    try:
        with pikepdf.open(source, suppress_warnings=True) as pdf:
            filled = set(signed_fields(pdf))
            permission = _permission(pdf)
    except pikepdf.PasswordError as error:
        raise PasswordProtected(file=source.name) from error
    except (pikepdf.PdfError, *STUMBLES) as error:
        raise DamagedFile(file=source.name, detail=f"{type(error).__name__}: {error}") from error
    twice = [name for name in ours if name in filled]
    if twice:
        raise AlreadySigned(file=source.name, field=", ".join(twice))
    # Even P=3 allows to sign fields that are there and to annotate, not to add fields (table 257).
    if filled and permission is not None:
        raise ClosedToSignatures(file=source.name, permission=permission)
    return bool(filled)


def _permission(pdf: pikepdf.Pdf) -> int | None:
    """What the certifying signature allows (DocMDP, ISO 32000-1, 12.8.2.2), where there is one."""
    permissions = pdf.Root.get("/Perms")
    if not isinstance(permissions, pikepdf.Dictionary) or "/DocMDP" not in permissions:
        return None
    signature = permissions.DocMDP
    for reference in _dictionaries(signature.get("/Reference")):
        if reference.get("/TransformMethod") == pikepdf.Name.DocMDP:
            parameters = reference.get("/TransformParams", pikepdf.Dictionary())
            return int(parameters.get("/P", 2))
    return 2


def _dictionaries(entry: pikepdf.Object | None) -> list[pikepdf.Object]:
    if not isinstance(entry, pikepdf.Array):
        return []
    return [item for item in entry if isinstance(item, pikepdf.Dictionary)]
