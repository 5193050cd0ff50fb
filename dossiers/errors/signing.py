"""What goes wrong with copies, keys, signatures, time stamps and evidence."""

from __future__ import annotations

from dossiers.errors.base import Category, Language, SohoaError
from dossiers.errors.intake import InputError


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
        "Hệ thống sẽ thử lại vào lần chạy sau; hãy kiểm tra mục [timestamps] trong sohoa.toml."
    )
    en = (
        "No time stamp for the archive evidence ({detail}). "
        "The next run tries again; check [timestamps] in sohoa.toml."
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


class OtpRefused(SohoaError):
    """A one-time password typed in for a remote signature is wrong or too old."""

    code = "otp_refused"
    category = Category.POLICY
    vi = "Dịch vụ ký số {service} không nhận mã OTP của {signer}. Hãy ký lại với mã mới."
    en = (
        "Signing service {service} refuses the one-time password of {signer}. "
        "Sign again with a new one."
    )


class AlreadySigned(InputError):
    """Somebody of the chain has signed the file before; nobody signs the same paper twice."""

    code = "already_signed"
    vi = (
        "Tệp {file} đã được ký bằng khóa của cơ quan (ô {field}). Không ký hai lần lên cùng một tệp; "
        "hãy ký từ tệp gốc chưa ký. Tệp được giữ nguyên."
    )
    en = (
        "{file} has been signed by us already (field {field}). Nothing is signed twice; "
        "sign the file as it was before. The file is left as it is."
    )


class ClosedToSignatures(InputError):
    """Whoever certified the file allows no further signature (DocMDP, ISO 32000-1, 12.8.2.2)."""

    code = "closed_to_signatures"
    vi = (
        "Người ký trước đã khóa tệp {file}, không cho thêm chữ ký nào (DocMDP P={permission}). "
        "Hãy đề nghị họ gửi bản không khóa, hoặc số hóa tệp bằng sohoa ingest: bản điện tử sẽ đính "
        "kèm nguyên vẹn tệp này. Tệp được giữ nguyên."
    )
    en = (
        "Who certified {file} allows no further signature (DocMDP P={permission}). Ask for one that "
        "is not closed, or digitise it with sohoa ingest: the copy holds this file as an attachment. "
        "The file is left as it is."
    )


class BrokenBefore(InputError):
    """A file has a signature that is not valid; ours would only lend it credit."""

    code = "broken_before"
    vi = (
        "Tệp {file} có chữ ký không hợp lệ nên không ký thêm lên tệp này ({detail}). "
        "Hãy xem sohoa verify và dùng bản còn nguyên vẹn. Tệp được giữ nguyên."
    )
    en = (
        "{file} has a signature that is not valid, so ours is not put on top ({detail}). "
        "See sohoa verify, and take the file as it was signed. The file is left as it is."
    )

    def told(self, language: Language) -> dict[str, object]:
        """With the verdict in the language asked for."""
        if language is Language.ENGLISH and "en" in self.context:
            return {**self.context, "detail": self.context["en"]}
        return self.context
