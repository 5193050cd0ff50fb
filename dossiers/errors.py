"""Typed errors: a stable code, whether a retry can help, and a plain message in two languages.

Callers branch on the type or on :attr:`SohoaError.code`, never on the text. Faults of the
operating system (``OSError``, ``MemoryError``) are not wrapped: they pass through unchanged,
unless a caller can say something the system cannot.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Category(StrEnum):
    """Who has to act on an error; one mapping each leads to exit codes, HTTP status and queues."""

    INPUT = "input"
    POLICY = "policy"
    CAPACITY = "capacity"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    INTEGRITY = "integrity"
    CONFIGURATION = "configuration"
    NOT_FOUND = "not_found"
    INTERNAL = "internal"


class Language(StrEnum):
    """Languages of everything an operator or a citizen sees."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


class SohoaError(Exception):
    """Base of all errors raised on purpose.

    Subclasses set ``code``, ``category``, ``retryable`` and the two templates; the keyword
    arguments given at the raise fill the templates and stay readable in :attr:`context`.
    """

    code: ClassVar[str] = "internal"
    category: ClassVar[Category] = Category.INTERNAL
    retryable: ClassVar[bool] = False
    vi: ClassVar[str] = "Lỗi bên trong hệ thống."
    en: ClassVar[str] = "Internal error."

    def __init__(self, **context: object) -> None:
        self.context: dict[str, object] = context
        super().__init__(self.message(Language.ENGLISH))

    def message(self, language: Language = Language.VIETNAMESE) -> str:
        """The plain sentence for a person: what is wrong and what to do."""
        template = self.vi if language is Language.VIETNAMESE else self.en
        return template.format_map(_Readable(self.context))

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries; the default would lose the keywords.
        return (_rebuild, (type(self), self.context))


class _Readable(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _rebuild(kind: type[SohoaError], context: dict[str, object]) -> SohoaError:
    return kind(**context)


# --- what an operator drops into the intake folder -------------------------------------------


class InputError(SohoaError):
    """The file or value handed in is at fault; the original is kept and the rest goes on."""

    category = Category.INPUT


class EmptyFile(InputError):
    """Zero bytes."""

    code = "empty_file"
    vi = "Tệp {file} rỗng (0 byte). Hãy quét lại giấy tờ này."
    en = "{file} is empty (0 bytes). Scan this paper again."


class NotADocument(InputError):
    """Not a PDF, TIFF, JPEG or PNG, whatever its name says."""

    code = "not_a_document"
    vi = (
        "Tệp {file} không phải là PDF, TIFF, JPEG hoặc PNG ({detail}). "
        "Hãy quét hoặc xuất lại sang một trong các định dạng này."
    )
    en = "{file} is not a PDF, TIFF, JPEG or PNG ({detail}). Scan or export it again as such."


class DamagedFile(InputError):
    """Truncated or broken: it starts like a document but cannot be read to its end."""

    code = "damaged_file"
    vi = "Tệp {file} bị hỏng hoặc bị cắt cụt ({detail}). Hãy sao chép hoặc quét lại."
    en = "{file} is damaged or cut short ({detail}). Copy or scan it again."


class PasswordProtected(InputError):
    """Encrypted so that it cannot be opened without a password."""

    code = "password_protected"
    vi = "Tệp {file} có mật khẩu nên không mở được. Hãy bỏ mật khẩu rồi nộp lại."
    en = "{file} is protected by a password. Remove the password and hand it in again."


class TooLarge(InputError):
    """More pixels, pages or bytes than the settings allow (a decompression bomb, as a rule)."""

    code = "too_large"
    vi = "Tệp {file}, trang {page}: quá lớn ({detail}). Hãy quét ở 300 dpi, khổ A4 hoặc A3."
    en = "{file}, page {page}: too large ({detail}). Scan at 300 dpi, A4 or A3."


class OutsideLink(InputError):
    """A symbolic link, or a path that leaves the intake folder."""

    code = "outside_link"
    vi = (
        "Tệp {file} là liên kết trỏ ra ngoài thư mục nhận hồ sơ. Hãy chép chính tệp đó vào thư mục."
    )
    en = "{file} is a link that leads out of the intake folder. Copy the file itself into it."


class InvalidIdentifier(InputError):
    """A code or number that breaks its own rules."""

    code = "invalid_identifier"
    vi = "{kind} “{value}” không hợp lệ: {detail}."
    en = "{kind} “{value}” is not valid: {detail}."


class InvalidManifest(InputError):
    """``dossier.json`` cannot be understood."""

    code = "invalid_manifest"
    vi = "Tệp {file} không đúng mẫu ({detail}). Hãy xuất lại từ hệ thống một cửa."
    en = "{file} does not follow the schema ({detail}). Export it again from the one-stop system."


# --- reading ---------------------------------------------------------------------------------


class PageTimeout(SohoaError):
    """A page took longer than its limit."""

    code = "page_timeout"
    category = Category.TIMEOUT
    retryable = True
    vi = "Tệp {file}, trang {page}: đọc quá {seconds} giây nên bị dừng."
    en = "{file}, page {page}: reading was stopped after {seconds} seconds."


class WorkerDied(SohoaError):
    """The process that read a page ended (crash or out of memory)."""

    code = "worker_died"
    category = Category.CAPACITY
    retryable = True
    vi = "Tệp {file}, trang {page}: tiến trình đọc trang bị dừng đột ngột ({detail})."
    en = "{file}, page {page}: the reading process ended unexpectedly ({detail})."


class UnexpectedFault(SohoaError):
    """Something no one thought of: recorded with the file it happened to; the rest goes on."""

    code = "unexpected_fault"
    retryable = True
    vi = "Tệp {file}: lỗi ngoài dự kiến ({detail}). Bản gốc được giữ nguyên; hãy báo cho quản trị viên."
    en = "{file}: unexpected fault ({detail}). The original is kept; tell the administrator."


class EngineMissing(SohoaError):
    """A recognition engine or its Vietnamese data is not installed."""

    code = "engine_missing"
    category = Category.CONFIGURATION
    vi = "Chưa có bộ nhận dạng {engine} ({detail}). Hãy chạy script/setup."
    en = "Recognition engine {engine} is not available ({detail}). Run script/setup."


class InvalidDocumentType(SohoaError):
    """A document type file breaks the schema."""

    code = "invalid_document_type"
    category = Category.CONFIGURATION
    vi = "Tệp loại giấy tờ {file}, khóa {key}: {detail}."
    en = "Document type file {file}, key {key}: {detail}."


# --- the copy, its signatures ----------------------------------------------------------------


class CopyNotConforming(SohoaError):
    """The archival PDF does not conform to PDF/A; it is not stored."""

    code = "copy_not_conforming"
    category = Category.INTEGRITY
    vi = "Bản điện tử của {file} chưa đạt chuẩn PDF/A ({detail})."
    en = "The electronic copy of {file} does not conform to PDF/A ({detail})."


class ValidatorMissing(SohoaError):
    """The PDF/A validator cannot run: Java or one of its libraries is not installed."""

    code = "validator_missing"
    category = Category.CONFIGURATION
    vi = (
        "Không chạy được bộ kiểm tra PDF/A ({detail}). "
        "Hãy cài đặt default-jre-headless và libjaxb-java."
    )
    en = "The PDF/A validator cannot run ({detail}). Install default-jre-headless and libjaxb-java."


class FontMissing(SohoaError):
    """A font that a visible signature needs is not installed."""

    code = "font_missing"
    category = Category.CONFIGURATION
    vi = "Thiếu phông chữ {font} (tìm trong {folders}). Hãy chạy script/setup."
    en = "Font {font} is missing (looked in {folders}). Run script/setup."


class KeyUnavailable(SohoaError):
    """A signing key or certificate cannot be used."""

    code = "key_unavailable"
    category = Category.CONFIGURATION
    vi = "Không dùng được khóa ký “{key}”: {detail}."
    en = "Signing key “{key}” cannot be used: {detail}."


class SignatureRejected(SohoaError):
    """A signature just made does not validate; the file is not stored."""

    code = "signature_rejected"
    category = Category.INTEGRITY
    vi = "Chữ ký số trên {file} không đạt kiểm tra ({detail}); tệp chưa được lưu."
    en = "The signature on {file} does not validate ({detail}); the file was not stored."


class TimestampUnavailable(SohoaError):
    """No time-stamp authority gave a token that passes every check."""

    code = "timestamp_unavailable"
    category = Category.UNAVAILABLE
    retryable = True
    vi = "Chưa lấy được dấu thời gian ({detail}). Hệ thống sẽ thử lại."
    en = "No time stamp could be obtained ({detail}). It will be tried again."


class ClockWrong(SohoaError):
    """The machine's clock is not that of the time-stamp authorities; nothing is signed with it."""

    code = "clock_wrong"
    category = Category.CONFIGURATION
    retryable = True  # clocks are set right while queues wait
    vi = (
        "Đồng hồ máy chủ lệch {seconds} giây so với tổ chức cấp dấu thời gian ({detail}). "
        "Hãy chỉnh lại giờ (NTP) rồi ký lại."
    )
    en = (
        "The machine's clock is {seconds} seconds off the time-stamp authority's ({detail}). "
        "Set it right (NTP) and sign again."
    )


class CertificateRevoked(SohoaError):
    """A certificate that is about to sign was revoked by its issuer."""

    code = "certificate_revoked"
    category = Category.CONFIGURATION
    vi = "Chứng thư “{name}” đã bị thu hồi ({detail}). Hãy thay chứng thư khác rồi ký lại."
    en = "Certificate “{name}” has been revoked ({detail}). Replace it and sign again."


class RevocationUnavailable(SohoaError):
    """The status of a certificate cannot be had from its issuer's CRL or OCSP service."""

    code = "revocation_unavailable"
    category = Category.UNAVAILABLE
    retryable = True
    vi = "Chưa lấy được tình trạng thu hồi của chứng thư “{name}” ({detail}). Hệ thống sẽ thử lại."
    en = "The revocation status of “{name}” is not to be had ({detail}). It will be tried again."


class ChainIncomplete(SohoaError):
    """A signer's certificate does not lead to a trusted root with what is at hand."""

    code = "chain_incomplete"
    category = Category.CONFIGURATION
    vi = (
        "Chứng thư “{name}” không dẫn tới gốc tin cậy nào ({detail}). "
        "Hãy đưa chứng thư cấp trên vào tệp khóa hoặc vào signing.trust_roots."
    )
    en = (
        "Certificate “{name}” leads to no trusted root ({detail}). "
        "Put the issuers' certificates into the key file or into signing.trust_roots."
    )


class CannotBeSigned(SohoaError):
    """The file's structure or size forbids a signature that would stay valid."""

    code = "cannot_be_signed"
    category = Category.INPUT
    vi = "Không thể ký tệp {file}: {detail}. Tệp được giữ nguyên."
    en = "{file} cannot be signed: {detail}. The file is left as it is."


class InvalidEvidence(InputError):
    """Not an evidence record (RFC 4998) that can be judged."""

    code = "invalid_evidence"
    vi = (
        "Tệp {file} không phải là bản ghi chứng cứ lưu trữ (RFC 4998) hợp lệ ({detail}). "
        "Hãy xuất lại bằng lệnh sohoa evidence export."
    )
    en = (
        "{file} is not a valid evidence record (RFC 4998) ({detail}). "
        "Export it again with sohoa evidence export."
    )


class EvidenceStampFailed(SohoaError):
    """No time stamp for archive evidence: the authority is silent, refuses, or its stamp is no good."""

    code = "evidence_stamp_failed"
    category = Category.UNAVAILABLE
    retryable = True
    vi = (
        "Chưa lấy được dấu thời gian cho chứng cứ lưu trữ ({detail}). "
        "Hệ thống sẽ thử lại vào lần chạy sau; hãy kiểm tra mục [evidence] trong sohoa.toml."
    )
    en = (
        "No time stamp for the archive evidence ({detail}). "
        "The next run tries again; check [evidence] in sohoa.toml."
    )


class TokenUnavailable(SohoaError):
    """A signing token or HSM does not answer: unplugged, asleep, or its module has failed."""

    code = "token_unavailable"
    category = Category.UNAVAILABLE
    retryable = True
    vi = (
        "Thiết bị ký số “{token}” không trả lời ({detail}). "
        "Hãy cắm lại thiết bị; các văn bản chưa ký sẽ được ký tiếp."
    )
    en = (
        "Signing token “{token}” does not answer ({detail}). "
        "Plug it in again; what is not signed yet will be signed then."
    )


class TokenBusy(SohoaError):
    """Another process owns the token."""

    code = "token_busy"
    category = Category.CAPACITY
    retryable = True
    vi = "Thiết bị ký số “{token}” đang được {owner} sử dụng. Hãy đợi hoặc dừng tiến trình đó."
    en = "Signing token “{token}” is in use by {owner}. Wait for it, or stop it."


class PinRefused(SohoaError):
    """A PIN is wrong, or is not tried because the token might lock itself."""

    code = "pin_refused"
    category = Category.CONFIGURATION
    vi = "Không mở được thiết bị ký số “{token}” bằng mã PIN đã đặt: {detail}."
    en = "Signing token “{token}” was not opened with the PIN that is set: {detail}."


class RemoteSigningUnavailable(SohoaError):
    """A remote signing service does not answer, or says to come back later."""

    code = "remote_signing_unavailable"
    category = Category.UNAVAILABLE
    retryable = True
    vi = "Dịch vụ ký số từ xa {service} không trả lời ({detail}). Hệ thống sẽ thử lại."
    en = "Remote signing service {service} does not answer ({detail}). It will be tried again."


class RemoteSigningRefused(SohoaError):
    """A remote signing service answers, and refuses: settings, credential or PIN."""

    code = "remote_signing_refused"
    category = Category.CONFIGURATION
    vi = "Dịch vụ ký số từ xa {service} từ chối: {detail}."
    en = "Remote signing service {service} refuses: {detail}."


class SigningDeclined(SohoaError):
    """The person asked to approve a signature, on a phone as a rule, has said no."""

    code = "signing_declined"
    category = Category.POLICY
    vi = "{signer} đã từ chối ký {count} văn bản. Chưa văn bản nào trong số đó được ký."
    en = "{signer} declined to sign {count} documents. None of them was signed."


class SigningNotApproved(SohoaError):
    """Nobody approved a signature in time."""

    code = "signing_not_approved"
    category = Category.TIMEOUT
    retryable = True
    vi = (
        "{signer} chưa xác nhận ký {count} văn bản trong {seconds} giây. "
        "Hãy xác nhận trên điện thoại khi được hỏi lại."
    )
    en = (
        "{signer} did not approve signing {count} documents within {seconds} seconds. "
        "Approve on the phone when asked again."
    )


class UnfitPicture(InputError):
    """A picture of a signature or seal that may not stand on a document."""

    code = "unfit_picture"
    vi = (
        "Ảnh chữ ký hoặc con dấu {file} không dùng được ({detail}). "
        "Hãy dùng ảnh PNG nền trong suốt: chữ ký màu xanh, dấu màu đỏ."
    )
    en = (
        "Picture of a signature or seal {file} cannot be used ({detail}). "
        "Use a PNG with transparency: signatures blue, seals red."
    )


class NoRoomForSignature(InputError):
    """A page has no place for the signature that should be seen on it."""

    code = "no_room_for_signature"
    vi = (
        "Tệp {file} không có chỗ hiển thị chữ ký số ({detail}). "
        "Hãy quét lại trên khổ giấy lớn hơn hoặc chỉ rõ vị trí ký."
    )
    en = (
        "{file} has no place for the visible signature ({detail}). "
        "Scan it on larger paper, or say where to sign."
    )


class CertificateNotTrusted(SohoaError):
    """A certificate was handed in for the trust store and not taken."""

    code = "certificate_not_trusted"
    category = Category.POLICY
    vi = "Không đưa chứng thư {file} vào danh sách tin cậy: {detail}."
    en = "Certificate {file} was not taken into the trust store: {detail}."


# --- the store and the ledger ----------------------------------------------------------------


class StoreUnavailable(SohoaError):
    """The object store or the ledger does not answer."""

    code = "store_unavailable"
    category = Category.UNAVAILABLE
    retryable = True
    vi = "Kho lưu trữ không trả lời ({detail}). Hệ thống sẽ thử lại."
    en = "The store does not answer ({detail}). It will be tried again."


class WriteOnceViolation(SohoaError):
    """An attempt to store other bytes under a name that is already taken."""

    code = "write_once_violation"
    category = Category.INTEGRITY
    vi = "Đối tượng {key} đã có trong kho với nội dung khác; không được ghi đè."
    en = "Object {key} is already stored with other content; it is never overwritten."


class IntegrityFailure(SohoaError):
    """Stored bytes no longer have the hash that was recorded for them."""

    code = "integrity_failure"
    category = Category.INTEGRITY
    vi = "Đối tượng {key} không còn nguyên vẹn ({detail})."
    en = "Object {key} is no longer intact ({detail})."


class NotFound(SohoaError):
    """Nothing is recorded under the name asked for."""

    code = "not_found"
    category = Category.NOT_FOUND
    vi = "Không tìm thấy {kind} “{value}”."
    en = "No {kind} “{value}” was found."


class IllegalMove(SohoaError):
    """A state change that the table of allowed moves does not have."""

    code = "illegal_move"
    category = Category.INTERNAL
    vi = "Không thể chuyển trạng thái từ {source} sang {target}."
    en = "State cannot change from {source} to {target}."


class RegisterOutOfOrder(SohoaError):
    """A number would be dated before one that was given already: the clock is wrong."""

    code = "register_out_of_order"
    category = Category.POLICY
    vi = (
        "Sổ {register} đã có số ghi ngày {last}, không thể ghi tiếp ngày {day}. "
        "Hãy kiểm tra đồng hồ máy chủ."
    )
    en = "Register {register} has a number of {last}; {day} cannot follow. Check the clock."


class NumberCancelled(SohoaError):
    """A number of the register was cancelled; nothing may be certified under it."""

    code = "number_cancelled"
    category = Category.POLICY
    vi = "Số {number} đã bị hủy ({reason}). Hãy chứng thực lại để lấy số mới."
    en = "Number {number} was cancelled ({reason}). Certify again to get a new number."


class NotAnOriginal(InputError):
    """A copy was handed in for certification where only an original will do."""

    code = "not_an_original"
    vi = (
        "Tệp {file} là bản sao đã chứng thực (có dòng “{phrase}”), không phải bản chính. "
        "Chỉ chứng thực bản sao từ bản chính."
    )
    en = "{file} is itself a certified copy (it says “{phrase}”). Only originals are certified."


class SymbolUnknown(InputError):
    """Nothing says in which register an extract is numbered."""

    code = "symbol_unknown"
    vi = "Chưa rõ ký hiệu sổ của {file} (loại giấy tờ: {type}). Hãy thêm --symbol, ví dụ TLKS-BS."
    en = "No register is known for {file} (type: {type}). Give --symbol, for example TLKS-BS."


class InvalidSettings(SohoaError):
    """``sohoa.toml`` or a ``SOHOA_…`` variable is wrong."""

    code = "invalid_settings"
    category = Category.CONFIGURATION
    vi = "Cấu hình sai: {detail}."
    en = "Wrong settings: {detail}."
