"""Writing a dossier's copies, fields and text to a folder, for people and other programs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from dossiers.errors import IntegrityFailure, NotFound
from flows.page_readings import pages_of
from flows.report import dossier_report
from flows.services import Services
from storage.objects.keys import safe


def export_dossier(services: Services, code: str, folder: Path) -> list[Path]:
    """Write ``folder/<dossier>/``: a PDF and a text for each document, and ``dossier.json``.

    Files appear whole or not at all; what is there from an earlier export is replaced.

    Returns:
        The files written.

    Raises:
        NotFound: no such dossier, or nothing in it has a copy.
        IntegrityFailure: a stored copy no longer has its hash.
    """
    report = dossier_report(services.ledger, code)
    target = folder / safe(code)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for document in report.documents:
        if document.copy_ is None:
            continue
        pdf = target / f"{safe(document.code)}.pdf"
        _fetch(services, document.copy_.key, document.copy_.sha256, pdf)
        pages = pages_of(services, document.sha256, document.original_pages)
        text = "\f".join(page.text for page in pages)
        written += [pdf, _write(pdf.with_suffix(".txt"), text + "\n")]
        services.ledger.audit.append("export", "copy.read", document.code)
    if not written:
        raise NotFound(kind="copy", value=code)
    content = report.model_dump_json(indent=2, by_alias=True)
    return [*written, _write(target / "dossier.json", content + "\n")]


def _fetch(services: Services, key: str, sha256: str, target: Path) -> None:
    partial = target.with_name(f".{target.name}.part")
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as file:
            for chunk in services.store.open(key):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != sha256:
            raise IntegrityFailure(key=key, detail="hash differs from the recorded one")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _write(path: Path, content: str) -> Path:
    partial = path.with_name(f".{path.name}.part")
    with partial.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return path
