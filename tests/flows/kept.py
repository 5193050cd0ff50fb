"""Documents in ledger and store as if they had been digitised; their bytes do not matter."""

from __future__ import annotations

import datetime as dt

from dossiers.dossier import Agency, DossierHead, ElectronicCopy, Role
from dossiers.states import DocumentState
from flows.services import Services
from signing.evidence.hash_tree import digest_file
from storage.documents import NewDocument
from storage.objects.keys import copy_key, original_key

CODE = "H31-261123-0001"


def keep_documents(services: Services, first: int, count: int) -> None:
    """Documents with original and copy, each with an entry in the audit trail."""
    ledger, store, now = services.ledger, services.store, dt.datetime.now(dt.UTC)
    ledger.dossiers.register(DossierHead(CODE, Agency("H31", "UBND tỉnh Hưng Yên")))
    for number in range(first, first + count):
        path = services.settings.work_folder / "file"
        path.write_bytes(b"original %d" % number)
        sha256 = digest_file(path, "sha256").hex()
        stored = store.put_file(original_key(sha256), path, content_type="application/pdf")
        new = NewDocument(CODE, sha256, f"{number}.pdf", stored.key, stored.size, 1, Role.COMPONENT)
        document, _ = ledger.documents.register(new)
        path.write_bytes(b"copy %d" % number)
        key = copy_key("H31", CODE, document.code, 1)
        stored = store.put_file(key, path, content_type="application/pdf")
        ledger.documents.move(document.code, DocumentState.READ)
        ledger.documents.move(document.code, DocumentState.SIGNED)
        copy = ElectronicCopy(
            document.code,
            key,
            stored.sha256,
            stored.size,
            1,
            "3b",
            "B-B",
            ("A",),
            now,
        )
        ledger.documents.save_copy(copy, 1, ())
        ledger.audit.append("test", "copy.stored", document.code)
