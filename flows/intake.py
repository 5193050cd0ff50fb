"""Taking a dossier folder in: nothing leaves the folder before it is durable elsewhere and recorded.

For every file: claim by content, copy into the object store (copy, fsync, hash again), register and
commit; only then the source moves to ``done``, ``duplicate`` or ``rejected``. A run killed anywhere
is continued by the next: claims and objects are found again by content.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dossiers.clock import VIETNAM
from dossiers.dossier import DossierHead, Role
from dossiers.errors import (
    InputError,
    IntegrityFailure,
    InvalidIdentifier,
    InvalidManifest,
    Language,
    OutsideLink,
)
from dossiers.identifiers.dossier_code import DossierCode
from dossiers.manifest import (
    CSV_NAME,
    FILE_NAME,
    DossierManifest,
    load_manifest,
    load_manifest_csv,
)
from dossiers.states import IntakeState
from extractors.piles import PileShare
from extractors.sources import inspect
from flows.intake_folder import DONE, DUPLICATE, REJECTED, DossierFolder, put_away, tidy
from flows.pile import dossiers_in
from flows.services import Services
from storage.documents import NewDocument
from storage.intake import Claim
from storage.objects.keys import original_key

log = logging.getLogger(__name__)

ACTOR = "intake"
_FOLDER_OF = {
    IntakeState.ACCEPTED: DONE,
    IntakeState.DUPLICATE: DUPLICATE,
    IntakeState.REJECTED: REJECTED,
}


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Dossiers taken in, and how many of their files were new, or had to wait.

    A folder or a loose file is one dossier; a pile with cover sheets is as many as these name.
    """

    codes: tuple[str, ...]
    manifest: DossierManifest | None
    fresh: int
    waiting: int


def take_in(services: Services, folder: DossierFolder) -> TakenIn:
    """Take in a settled dossier folder, or a loose file.

    Files at fault are rejected with a reason beside them; files still changing wait for the next
    round; all others become documents of the dossier.
    """
    files = folder.files()
    manifest, manifest_error = _manifest(folder, files)
    # Nothing but cover sheets says whose the files are.
    nameless = manifest is None and not _is_dossier_code(folder.path.name)
    head: DossierHead | None = None
    codes: list[str] = []
    fresh = waiting = 0
    for path in files:
        if path.name == FILE_NAME:
            continue
        try:
            piled = _take_pile(services, folder, path) if nameless else ()
            if piled:
                codes += [code for code, _ in piled]
                fresh += sum(new for _, new in piled)
                continue
            head = head or _register(services, folder, manifest, covered=codes)
            fresh += _take_file(services, folder, head, path, manifest, nameless=nameless)
        except FileNotFoundError:
            log.info("%s is gone: another process has taken it", path.name)
        except IntegrityFailure:
            waiting += 1
            log.info("%s is still changing, left for the next round", path.name)
    if head is None and not codes:
        head = _register(services, folder, manifest, covered=codes)
    if head is not None:
        codes.append(head.code)
    if not waiting:
        _put_manifest_away(services, folder, codes[-1], manifest_error)
        tidy(folder)
    return TakenIn(tuple(dict.fromkeys(codes)), manifest, fresh, waiting)


def tidy_emptied(services: Services, folders: Iterable[DossierFolder]) -> None:
    """Remove folders that a killed run had emptied; an empty folder just made by a person stays."""
    for folder in folders:
        if not folder.files() and services.ledger.intake.of_dossier(folder.path.name):
            tidy(folder)


def reconcile(services: Services) -> int:
    """Settle claims whose source left the folder in a run that was killed just then.

    Returns:
        How many there were.
    """
    count = 0
    for claim in services.ledger.intake.unsettled():
        if claim.state is IntakeState.CLAIMED or os.path.lexists(claim.source_path):
            continue
        target = IntakeState.ACCEPTED if claim.state is IntakeState.SECURED else claim.state
        services.ledger.intake.moved(claim, target, Path("–"))
        count += 1
    return count


# --- a pile with cover sheets ----------------------------------------------------------------


def _take_pile(services: Services, folder: DossierFolder, path: Path) -> Sequence[tuple[str, bool]]:
    """Take in a file whose cover sheets say whose it is; nothing is done where it has none.

    What is wrong with the file, or its sheets, is found again and told where it is taken in alone.

    Returns:
        The dossiers that have a share in it, and whether theirs is a new document.

    Raises:
        FileNotFoundError, IntegrityFailure: it is gone, or still changing.
    """
    try:
        _refuse_links(path, folder)
        sha256 = _hash(path)
        shares = dossiers_in(services, path, sha256)
    except InputError:
        return ()
    taken: list[tuple[str, bool]] = []
    claims = []
    for share in shares:
        manifest = _listed(folder, share.dossier)
        head = _register(services, folder, manifest, share.dossier)
        claim, new = services.ledger.intake.claim(head.code, sha256, path), False
        if claim.state is IntakeState.CLAIMED:
            claim, new = _decide(services, folder, head, path, claim, manifest, share=share)
        claims.append(claim)
        taken.append((head.code, new))
    if claims:
        _settle(services, folder, path, *claims)
    return taken


def _listed(folder: DossierFolder, code: str | None) -> DossierManifest | None:
    """The row of the agency's table of dossiers, if it has one."""
    table = folder.path.parent / CSV_NAME
    if code is None or folder.agency is None or not table.is_file() or table.is_symlink():
        return None
    try:
        return load_manifest_csv(table.read_bytes()).get(code)
    except InvalidManifest:
        return None


# --- one file --------------------------------------------------------------------------------


def _take_file(
    services: Services,
    folder: DossierFolder,
    head: DossierHead,
    path: Path,
    manifest: DossierManifest | None,
    *,
    nameless: bool,
) -> bool:
    """Take one file in; whether it became a new document."""
    sha256 = _hash(path)
    claim = services.ledger.intake.claim(head.code, sha256, path)
    fresh = False
    if claim.state is IntakeState.CLAIMED:
        claim, fresh = _decide(services, folder, head, path, claim, manifest, nameless=nameless)
    _settle(services, folder, path, claim)
    return fresh


def _decide(
    services: Services,
    folder: DossierFolder,
    head: DossierHead,
    path: Path,
    claim: Claim,
    manifest: DossierManifest | None,
    *,
    share: PileShare | None = None,
    nameless: bool = False,
) -> tuple[Claim, bool]:
    """Secure the bytes and record what they are; whether they are a new document.

    Of a pile, ``share`` is what the dossier has of it. Cover sheets in a ``nameless`` file that has
    come this far make no sense, and say so.
    """
    intake, ledger = services.ledger.intake, services.ledger
    try:
        _refuse_links(path, folder)
        key = original_key(claim.sha256)
        try:
            stored = services.store.put_file(
                key, path, content_type="application/octet-stream", sha256=claim.sha256
            )
        except IntegrityFailure:
            intake.release(claim)
            raise
        info = inspect(path, services.settings.intake)
        if nameless:
            dossiers_in(services, path, claim.sha256)
    except InputError as error:
        reason = error.message(Language.VIETNAMESE)
        claim = intake.move(claim, IntakeState.REJECTED, reason_code=error.code, reason=reason)
        ledger.audit.append(
            ACTOR, "file.rejected", head.code, reason=error.code, sha256=claim.sha256
        )
        return claim, False
    document, is_new = ledger.documents.register(
        NewDocument(
            dossier_code=head.code,
            original_sha256=claim.sha256,
            original_name=path.name,
            original_key=key,
            original_size=stored.size,
            page_count=info.page_count,
            role=manifest.role_of(path.name) if manifest else Role.COMPONENT,
            component_code=manifest.component_code_of(path.name) if manifest else None,
            pages=share.pages if share else None,
            declared_name=manifest.name_of(path.name) if manifest else None,
        )
    )
    # The same bytes under the same name, registered by a run that was killed, are no duplicate.
    first = is_new or document.original_name == path.name
    state = IntakeState.SECURED if first else IntakeState.DUPLICATE
    claim = intake.move(claim, state, document_code=document.code)
    action = "file.secured" if first else "file.duplicate"
    ledger.audit.append(ACTOR, action, document.code, sha256=claim.sha256)
    return claim, is_new


def _settle(services: Services, folder: DossierFolder, path: Path, *claims: Claim) -> None:
    """Move the source away, now that it is safe, and record where it went, for all that claim it."""
    first = claims[0]
    again = all(claim.moved_to is not None for claim in claims)
    outcome = {IntakeState.SECURED: IntakeState.ACCEPTED}.get(first.state, first.state)
    target = path
    if folder.inside:
        # A paper that is dropped again after it was taken in is a duplicate of itself.
        place = DUPLICATE if again and outcome is IntakeState.ACCEPTED else _FOLDER_OF[outcome]
        target = put_away(path, services.settings.intake_folder.absolute(), place)
        if outcome is IntakeState.REJECTED and first.reason:
            _write_reason(target, first)
    for claim in claims:
        if claim.moved_to is None:
            own = {IntakeState.SECURED: IntakeState.ACCEPTED}.get(claim.state, claim.state)
            services.ledger.intake.moved(claim, own, target)


def _write_reason(target: Path, claim: Claim) -> None:
    moment = dt.datetime.now(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")
    lines = [
        f"Tệp: {claim.name}",
        f"Hồ sơ: {claim.dossier_code}",
        f"Lý do không nhận: {claim.reason}",
        f"Thời điểm: {moment} (giờ Việt Nam)",
        f"Bản gốc được giữ nguyên tại: {target}",
        f"Mã lỗi: {claim.reason_code}",
    ]
    target.with_name(f"{target.name}.ly-do.txt").write_text(
        "\n".join(lines) + "\n", encoding="utf-8"
    )


def _hash(path: Path) -> str:
    """Of the bytes; of a link, of where it points, since it is never followed."""
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_links(path: Path, folder: DossierFolder) -> None:
    base = folder.path if folder.path.is_dir() else folder.path.parent
    if path.is_symlink() or not path.resolve().is_relative_to(base.resolve()):
        raise OutsideLink(file=path.name)


# --- the dossier -----------------------------------------------------------------------------


def _manifest(
    folder: DossierFolder, files: list[Path]
) -> tuple[DossierManifest | None, InvalidManifest | None]:
    path = folder.path / FILE_NAME
    try:
        if path in files and not path.is_symlink():
            return load_manifest(path.read_bytes()), None
        table = folder.path.parent / CSV_NAME
        if folder.agency and table.is_file() and not table.is_symlink():
            return load_manifest_csv(table.read_bytes()).get(folder.path.name), None
    except InvalidManifest as error:
        return None, error
    return None, None


def _register(
    services: Services,
    folder: DossierFolder,
    manifest: DossierManifest | None,
    cover: str | None = None,
    *,
    covered: Container[str] = (),
) -> DossierHead:
    """The dossier: by the manifest, else a cover sheet or the folder's name, else a code of our own.

    A code of our own that an earlier run gave the folder is used again, but none of those
    ``covered`` by cover sheets.
    """
    agency = services.agency_of(folder.agency)
    if manifest is not None:
        head = manifest.head(agency)
    elif cover is not None or _is_dossier_code(folder.path.name):
        code = DossierCode.parse(cover or folder.path.name)
        head = DossierHead(str(code), agency, received_on=code.received_on)
    else:
        today = dt.datetime.now(VIETNAM).date()
        known = services.ledger.intake.dossier_of_source(folder.path)
        if known is None or known in covered:
            known = services.ledger.dossiers.next_code(agency.code, today)
        head = DossierHead(known, agency)
    services.ledger.dossiers.register(head)
    return head


def _is_dossier_code(name: str) -> bool:
    try:
        DossierCode.parse(name)
    except InvalidIdentifier:
        return False
    return True


def _put_manifest_away(
    services: Services, folder: DossierFolder, code: str, error: InvalidManifest | None
) -> None:
    """Keep the manifest as an original of its own, then move it; a wrong one with its reason."""
    path = folder.path / FILE_NAME
    if not path.is_file() or path.is_symlink():
        return
    sha256 = _hash(path)
    services.store.put_file(
        original_key(sha256), path, content_type="application/json", sha256=sha256
    )
    services.ledger.audit.append(
        ACTOR, "manifest.rejected" if error else "manifest.kept", code, sha256=sha256
    )
    if not folder.inside:
        return
    root = services.settings.intake_folder.absolute()
    target = put_away(path, root, REJECTED if error else DONE)
    if error:
        note = target.with_name(f"{target.name}.ly-do.txt")
        note.write_text(error.message(Language.VIETNAMESE) + "\n", encoding="utf-8")
