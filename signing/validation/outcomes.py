"""What validation can say: outcomes, states of a certificate, and the reasons with their sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The verdict on one signature; of a document, the worst of its signatures. Best first."""

    VALID = "VALID"
    VALID_CERT_EXPIRED_NOW = "VALID_CERT_EXPIRED_NOW"
    VALID_WEAK_HASH = "VALID_WEAK_HASH"
    NOT_SIGNED = "NOT_SIGNED"
    INDETERMINATE = "INDETERMINATE"
    UNTRUSTED_CA = "UNTRUSTED_CA"
    INVALID_CERT = "INVALID_CERT"
    INVALID_CHANGED = "INVALID_CHANGED"


GOOD = frozenset({Outcome.VALID, Outcome.VALID_CERT_EXPIRED_NOW})

SENTENCES: dict[Outcome, tuple[str, str]] = {
    Outcome.VALID: (
        "Chữ ký hợp lệ. Nội dung nguyên vẹn; chứng thư hợp lệ và đáng tin cậy.",
        "The signature is valid. Content is intact; the certificate is good and trusted.",
    ),
    Outcome.VALID_CERT_EXPIRED_NOW: (
        "Chữ ký hợp lệ tại thời điểm ký; nay chứng thư không còn hiệu lực.",
        "The signature was valid when made; the certificate is no longer in force.",
    ),
    Outcome.VALID_WEAK_HASH: (
        "Nội dung nguyên vẹn và chứng thư đáng tin cậy, nhưng có dùng SHA-1, nay không còn đủ an toàn.",
        "Content is intact and the certificate trusted, but SHA-1 was used, which is no longer safe.",
    ),
    Outcome.NOT_SIGNED: ("Tệp không có chữ ký số.", "The file carries no signature."),
    Outcome.INDETERMINATE: (
        "Chưa đủ căn cứ để kết luận chữ ký hợp lệ.",
        "There is not enough evidence to call the signature valid.",
    ),
    Outcome.UNTRUSTED_CA: (
        "Nội dung nguyên vẹn, nhưng tổ chức cấp chứng thư không nằm trong danh sách tin cậy.",
        "Content is intact, but the certificate does not lead to a trusted authority.",
    ),
    Outcome.INVALID_CERT: (
        "Chữ ký không hợp lệ: chứng thư không được dùng để ký tại thời điểm ký.",
        "The signature is not valid: the certificate could not be used to sign at that time.",
    ),
    Outcome.INVALID_CHANGED: (
        "Chữ ký không hợp lệ: nội dung đã bị thay đổi sau khi ký, hoặc tệp hỏng.",
        "The signature is not valid: the content was changed after signing, or the file is damaged.",
    ),
}


class CertificateState(StrEnum):
    """A certificate at one moment. ``UNKNOWN``: all is well but its revocation is not known."""

    GOOD = "good"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    UNTRUSTED = "untrusted"
    UNUSABLE = "unusable"
    WEAK = "weak"


class Revocation(StrEnum):
    """How revocation was judged."""

    CHECKED = "checked"
    MISSING = "missing"
    NOT_DECLARED = "not_declared"
    NOT_CHECKED = "not_checked"


class TimeSource(StrEnum):
    """What says when a signature was made."""

    TIME_STAMP = "time_stamp"
    DOCUMENT_TIME_STAMP = "document_time_stamp"
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code and a sentence in Vietnamese and in English."""

    code: str
    vi: str
    en: str


_REASONS: dict[str, tuple[str, str]] = {
    # --- the file and the bytes that a signature covers ------------------------------------
    "UNREADABLE": (
        "Tệp hỏng hoặc không phải tệp PDF ({detail}).",
        "The file is damaged or is no PDF ({detail}).",
    ),
    "ENCRYPTED": (
        "Tệp có mật khẩu nên không kiểm tra được.",
        "The file is protected by a password and cannot be examined.",
    ),
    "TOO_LARGE": (
        "Tệp lớn quá mức cho phép kiểm tra ({detail}).",
        "The file is larger than may be examined ({detail}).",
    ),
    "TOO_COSTLY": (
        "Việc kiểm tra bị dừng vì vượt quá giới hạn ({detail}).",
        "The examination was stopped at its limit ({detail}).",
    ),
    "TOO_MANY_SIGNATURES": (
        "Tệp có {detail} chữ ký, quá mức của một văn bản thật.",
        "The file has {detail} signatures, more than a genuine document.",
    ),
    "ONLY_TIME_STAMPED": (
        "Tệp chỉ có dấu thời gian, không có chữ ký của ai.",
        "The file is only time-stamped; nobody has signed it.",
    ),
    "SIGNATURE_UNREADABLE": (
        "Không đọc được dữ liệu chữ ký ({detail}).",
        "The data of the signature cannot be read ({detail}).",
    ),
    "FORMAT_UNSUPPORTED": (
        "Chữ ký theo định dạng cũ không còn được chấp nhận ({detail}).",
        "The signature has an old format that is no longer accepted ({detail}).",
    ),
    "BYTE_RANGE": (
        "Vùng dữ liệu được ký không bao trùm đúng nội dung tệp.",
        "The range of signed bytes does not cover the content as it must.",
    ),
    "CONTENTS_TAMPERED": (
        "Có dữ liệu lạ chèn vào chỗ dành cho chữ ký.",
        "There are foreign data in the place reserved for the signature.",
    ),
    "DIGEST_MISMATCH": (
        "Nội dung không khớp với chữ ký: đã có byte bị sửa.",
        "The content does not match the signature: bytes were changed.",
    ),
    "SIGNATURE_MISMATCH": (
        "Giá trị chữ ký không khớp với chứng thư.",
        "The signature value does not match the certificate.",
    ),
    "NOT_WHOLE_REVISION": (
        "Chữ ký không bao trùm toàn bộ phiên bản văn bản mà nó ký.",
        "The signature does not cover the whole revision that it signs.",
    ),
    "CHANGED_AFTER": (
        "Sau khi ký, tệp đã bị sửa vượt quá mức chữ ký cho phép.",
        "After signing, the file was changed beyond what the signature allows.",
    ),
    "FORM_CHANGED": (
        "Sau khi ký, ô nhập liệu đã bị điền hoặc sửa mà không được phép ({detail}).",
        "After signing, form fields were filled in or changed without permission ({detail}).",
    ),
    "METADATA_CHANGED": (
        "Sau khi ký, thông tin mô tả của tệp đã bị sửa ({detail}).",
        "After signing, what the file says of itself was changed ({detail}).",
    ),
    "APPENDED": (
        "Có dữ liệu lạ nối vào cuối tệp sau khi ký.",
        "Foreign data were appended to the file after signing.",
    ),
    "ADDED_AMBIGUOUSLY": (
        "Sau khi ký, tệp bị nối thêm phần mà mỗi phần mềm có thể hiện một nội dung khác ({detail}).",
        "After signing, something was added that programs may read differently ({detail}).",
    ),
    "HYBRID_AFTER": (
        "Sau khi ký, tệp bị thêm bảng tham chiếu kép: mỗi phần mềm có thể hiện một nội dung khác.",
        "After signing, a hybrid cross-reference was added: programs may show different content.",
    ),
    "SIGNATURE_REMOVED": (
        "Tệp từng có chữ ký ở ô {detail}, nay đã bị gỡ bỏ.",
        "The file once had a signature in the field {detail}, which was taken out.",
    ),
    "DUPLICATE_FIELD": (
        "Có hai ô chữ ký trùng tên ({detail}).",
        "Two signature fields have the same name ({detail}).",
    ),
    # --- what came after and is allowed ----------------------------------------------------
    "WHOLE": ("Nội dung nguyên vẹn từ khi ký.", "Content is intact since signing."),
    "LATER_SIGNATURES": (
        "Sau chữ ký này có thêm chữ ký khác; việc đó được phép.",
        "Other signatures were added after this one, which is allowed.",
    ),
    "LATER_FORM_FILLING": (
        "Sau chữ ký này có điền ô nhập liệu, trong phạm vi người ký cho phép ({detail}).",
        "Form fields were filled in after this signature, as the signer allows ({detail}).",
    ),
    "LATER_ARCHIVAL": (
        "Sau chữ ký này có thêm dữ liệu lưu trữ lâu dài; nội dung không đổi.",
        "Long-term validation data were added after this signature; the content is the same.",
    ),
    # --- the certificate -------------------------------------------------------------------
    "CERT_GOOD": (
        "Chứng thư hợp lệ tại thời điểm ký.",
        "The certificate was good at the time of signing.",
    ),
    "CERT_EXPIRED_SINCE": (
        "Chứng thư đã hết hạn ngày {detail}, sau khi ký.",
        "The certificate expired on {detail}, after signing.",
    ),
    "CERT_REVOKED_SINCE": (
        "Chứng thư bị thu hồi ngày {detail}, sau khi ký.",
        "The certificate was revoked on {detail}, after signing.",
    ),
    "CERT_EXPIRED_THEN": (
        "Tại thời điểm ký, chứng thư đã hết hạn (ngày {detail}).",
        "The certificate had expired when signing (on {detail}).",
    ),
    "CERT_NOT_YET_VALID": (
        "Tại thời điểm ký, chứng thư chưa có hiệu lực (từ ngày {detail}).",
        "The certificate was not yet valid when signing (from {detail}).",
    ),
    "CERT_REVOKED": (
        "Chứng thư bị thu hồi ngày {detail}; không có bằng chứng chữ ký có trước ngày đó.",
        "The certificate was revoked on {detail}; nothing proves that the signature is older.",
    ),
    "CERT_UNTRUSTED": (
        "Không tìm được đường dẫn chứng thư tới tổ chức chứng thực tin cậy (cấp bởi: {detail}).",
        "No path leads from the certificate to a trusted authority (issued by: {detail}).",
    ),
    "CERT_UNUSABLE": (
        "Chứng thư hoặc chuỗi chứng thư không được dùng để ký ({detail}).",
        "The certificate or its chain may not be used to sign ({detail}).",
    ),
    "CERT_WEAK": (
        "Thuật toán hoặc độ dài khóa không đạt yêu cầu ({detail}).",
        "The algorithm or the key length does not suffice ({detail}).",
    ),
    "REVOCATION_CHECKED": (
        "Đã kiểm tra trạng thái thu hồi bằng {detail}.",
        "Revocation was checked with {detail}.",
    ),
    "REVOCATION_MISSING": (
        "Không có dữ liệu thu hồi (CRL, OCSP) để biết chứng thư có bị thu hồi hay không.",
        "There are no revocation data (CRL, OCSP) to tell whether the certificate was revoked.",
    ),
    "REVOCATION_NOT_DECLARED": (
        "Chứng thư không ghi nơi công bố danh sách thu hồi.",
        "The certificate does not say where its revocation is published.",
    ),
    "FETCH_FAILED": (
        "Không tải được dữ liệu thu hồi qua mạng ({detail}).",
        "Revocation data could not be fetched ({detail}).",
    ),
    # --- the time --------------------------------------------------------------------------
    "TIME_PROVEN": (
        "Thời điểm ký được chứng minh bằng dấu thời gian của {detail}.",
        "The time of signing is proven by a time stamp of {detail}.",
    ),
    "TIME_CLAIMED": (
        "Thời điểm ký do người ký tự khai, không có dấu thời gian chứng minh.",
        "The time of signing is the signer's own word, without a time stamp.",
    ),
    "TIME_UNKNOWN": ("Chữ ký không ghi thời điểm ký.", "The signature names no time of signing."),
    "TIME_NOT_PROVEN": (
        "Chứng thư đã hết hạn ngày {detail}; không có gì chứng minh chữ ký được tạo trước ngày đó.",
        "The certificate expired on {detail}; nothing proves that the signature is older.",
    ),
    "TIME_IN_FUTURE": (
        "Thời điểm ký tự khai nằm ở tương lai ({detail}).",
        "The claimed time of signing lies in the future ({detail}).",
    ),
    "TIME_OUTSIDE": (
        "Thời điểm ký tự khai nằm ngoài thời hạn của chứng thư, nên không được tính đến.",
        "The claimed time of signing lies outside the certificate's validity and is disregarded.",
    ),
    "TIME_DIFFERS": (
        "Giờ ký tự khai lệch {detail} so với dấu thời gian; lấy theo dấu thời gian.",
        "The claimed time differs by {detail} from the time stamp, which counts.",
    ),
    "STAMP_UNUSABLE": (
        "Dấu thời gian của {detail} không dùng được làm bằng chứng.",
        "The time stamp of {detail} cannot serve as proof.",
    ),
    "STAMP_IMPRINT": (
        "Dấu thời gian không thuộc về dữ liệu này.",
        "The time stamp does not belong to these data.",
    ),
    "STAMP_EXPIRED": (
        "Chứng thư máy chủ hết hạn hoặc bị thu hồi ngày {detail}, trước khi có dấu thời gian mới.",
        "The authority's certificate expired or was revoked on {detail}, before a later stamp.",
    ),
    "STAMP_RENEWED": (
        "Dấu thời gian được dấu thời gian sau bảo vệ tiếp.",
        "The time stamp is protected by a later one.",
    ),
    "STAMP_STATUS_OPEN": (
        "Chưa rõ chứng thư của dấu thời gian {detail} có bị thu hồi không; hãy chạy lại với --online.",
        "Whether the certificate of the time stamp of {detail} was revoked is open; run with --online.",
    ),
    # --- algorithms and levels -------------------------------------------------------------
    "SHA1_SIGNATURE": ("Chữ ký dùng SHA-1.", "The signature uses SHA-1."),
    "SHA1_STAMP": ("Dấu thời gian dùng SHA-1.", "The time stamp uses SHA-1."),
    "SHA1_CERTIFICATE": (
        "Chứng thư trong chuỗi được cấp bằng SHA-1 ({detail}).",
        "A certificate of the chain was issued with SHA-1 ({detail}).",
    ),
    "NOT_PADES": (
        "Chữ ký không theo mức cơ sở PAdES ({detail}).",
        "The signature is not of a PAdES baseline level ({detail}).",
    ),
}

CODES = frozenset(_REASONS)


def reason(code: str, detail: object = "") -> Reason:
    """The reason of this code; ``detail`` fills its sentence."""
    vi, en = _REASONS[code]
    return Reason(code, vi.format(detail=detail), en.format(detail=detail))


def worst(outcomes: list[Outcome]) -> Outcome:
    """The worst of several."""
    return max(outcomes, key=list(Outcome).index)
