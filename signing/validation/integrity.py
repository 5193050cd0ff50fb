"""Whether the content is as it was signed: its bytes, its revision, and what came after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.validation.additions import Additions
from signing.validation.form_changes import SignedFields, form_fault
from signing.validation.metadata import metadata_changed
from signing.validation.outcomes import Reason, reason
from signing.validation.structure import byte_range_fault, hybrid_after


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a signature is judged in: the bytes, the parsed file, and its other signature fields.

    ``signed`` are the fields that hold signatures. ``fault`` is what is wrong with the file as a whole,
    whichever signature is looked at; ``filling`` are the revisions from which on a certifying signature
    lets forms be filled in (ISO 32000-2, 12.8.2.2, P = 2 or 3).
    """

    data: bytes
    reader: PdfFileReader
    additions: Additions
    signed: SignedFields
    filling: tuple[int, ...]
    fault: Reason | None


@dataclass(frozen=True, slots=True)
class Integrity:
    """``fault`` is None where the content is intact; ``later`` says what came after and is allowed."""

    fault: Reason | None
    whole_document: bool = False
    later: tuple[Reason, ...] = ()


def check(signature: EmbeddedPdfSignature, around: Surroundings, *, stamp: bool) -> Integrity:
    """Bytes, then cryptography, then coverage, then later changes.

    ``stamp`` skips the cryptography, which for a time stamp is that of its token.
    """
    code = byte_range_fault(around.data, signature.byte_range, signature.pkcs7_content)
    if code is not None:
        return Integrity(reason(code))
    if not stamp:
        fault = _cryptography(signature)
        if fault is not None:
            return Integrity(fault)
    signature.compute_integrity_info()
    coverage = signature.evaluate_signature_coverage()
    if coverage is SignatureCoverageLevel.ENTIRE_FILE:
        # What is wrong with the file was signed as it is, yet programs may disagree on what it shows.
        return Integrity(around.fault if _own(around.fault) else None, whole_document=True)
    if coverage is not SignatureCoverageLevel.ENTIRE_REVISION:
        return Integrity(reason("NOT_WHOLE_REVISION"))
    if around.fault is not None:
        return Integrity(around.fault)
    if hybrid_after(around.reader, signature.signed_revision):
        return Integrity(reason("HYBRID_AFTER"))
    found = _later(signature, around)
    if found.fault is not None:
        return found
    if why := form_fault(around.reader, signature.signed_revision, around.signed):
        return Integrity(reason("FORM_CHANGED", why))
    if why := around.additions.fault_after(signature.signed_revision):
        return Integrity(reason("ADDED_AMBIGUOUSLY", why))
    return found


def _own(fault: Reason | None) -> bool:
    return fault is not None and fault.code == "DUPLICATE_FIELD"


def _cryptography(signature: EmbeddedPdfSignature) -> Reason | None:
    content = signature.signed_data["encap_content_info"]["content"]
    try:
        if content.native is not None:
            return reason("SIGNATURE_UNREADABLE", "content inside a detached signature")
        intact, valid = validate_sig_integrity(
            signature.signer_info,
            signature.signer_cert,
            expected_content_type="data",
            actual_digest=signature.compute_digest(),
        )
    except (SignatureValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        return reason("SIGNATURE_UNREADABLE", error)
    if not intact:
        return reason("DIGEST_MISMATCH")
    return None if valid else reason("SIGNATURE_MISMATCH")


def _later(signature: EmbeddedPdfSignature, around: Surroundings) -> Integrity:
    """What incremental updates did to the signed revision."""
    found = cast("DiffResult | SuspiciousModification | None", signature.diff_result)
    allowed = signature.summarise_integrity_info()["docmdp_ok"]
    if not isinstance(found, DiffResult) or not allowed:
        return Integrity(reason("CHANGED_AFTER"))
    properties = metadata_changed(around.reader, signature.signed_revision)
    if properties:
        return Integrity(reason("METADATA_CHANGED", properties))
    # Validation data and document time stamps that came later say nothing new to the reader.
    if found.modification_level is ModificationLevel.NONE:
        return Integrity(None, whole_document=True)
    if found.modification_level is ModificationLevel.LTA_UPDATES:
        return Integrity(None, whole_document=True, later=(reason("LATER_ARCHIVAL"),))
    if found.modification_level is not ModificationLevel.FORM_FILLING:
        return Integrity(reason("CHANGED_AFTER"))
    names = frozenset(str(name) for name in found.changed_form_fields)
    filled = ", ".join(sorted(names - around.signed.all))
    if not filled:
        return Integrity(None, later=(reason("LATER_SIGNATURES"),))
    # Without a certifying signature that says so, nobody has allowed forms to change.
    if not any(revision <= signature.signed_revision for revision in around.filling):
        return Integrity(reason("FORM_CHANGED", filled))
    return Integrity(None, later=(reason("LATER_FORM_FILLING", filled),))


def allows_filling(signature: EmbeddedPdfSignature) -> bool:
    """Whether a signature says that forms may be filled in after it."""
    return signature.docmdp_level in (MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE)
