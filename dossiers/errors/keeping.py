"""What goes wrong with the store, the ledger, the register and the settings."""

from __future__ import annotations

from dossiers.errors.base import Category, Language, SohoaError
from dossiers.errors.intake import InputError


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


class ItemTaken(SohoaError):
    """Somebody else has the review item in hand."""

    code = "item_taken"
    category = Category.POLICY
    vi = "Mục {item} đang do {holder} xem (đến {until}). Hãy chọn mục khác."
    en = "Item {item} is being looked at by {holder} (until {until}). Take another."


class SecondPersonNeeded(SohoaError):
    """Whoever has answered a four-eyes item first cannot be its second pair of eyes."""

    code = "second_person_needed"
    category = Category.POLICY
    vi = "Mục {item} cần người thứ hai xác nhận; {person} đã xác nhận lần đầu."
    en = "Item {item} needs a second person; {person} has answered it first."


class ItemDropped(SohoaError):
    """A later reading no longer doubts what the item asked about."""

    code = "item_dropped"
    category = Category.POLICY
    vi = "Mục {item} không còn cần xem: lần đọc sau không còn nghi ngờ."
    en = "Item {item} asks nothing any more: a later reading does not doubt it."


class NothingToAccept(SohoaError):
    """The item has no value that could be accepted."""

    code = "nothing_to_accept"
    category = Category.POLICY
    vi = "Mục {item} chưa có giá trị. Hãy nhập bằng correct, hoặc thêm --absent nếu giấy không ghi."
    en = "Item {item} has no value. Enter one with correct, or add --absent if the paper has none."


class TypeIsGiven(SohoaError):
    """The item asks for the document's type, which is neither accepted nor corrected."""

    code = "type_is_given"
    category = Category.POLICY
    vi = "Mục {item} hỏi loại giấy tờ. Hãy chọn: sohoa review type {document} MÃ_LOẠI."
    en = "Item {item} asks for the type. Give it: sohoa review type {document} CODE."


class PageHasNoValue(SohoaError):
    """The item is about a page; it has been seen, or not."""

    code = "page_has_no_value"
    category = Category.POLICY
    vi = "Mục {item} là một trang, không có giá trị. Hãy xem các trường của giấy tờ, rồi accept."
    en = "Item {item} is a page and has no value. Look at the document's fields, then accept."


class ValueRefused(SohoaError):
    """What a person entered cannot be a value of its kind; ``reason`` is as recorded."""

    code = "value_refused"
    category = Category.INPUT
    vi = (
        "“{value}” không thể là giá trị của “{field}”: {reason}. Hãy kiểm tra lại; nếu giấy ghi "
        "đúng như vậy, thêm --force “lý do”."
    )
    en = (
        "“{value}” cannot be a value of “{field}”: {reason}. Check it; if that is what the paper "
        "says, add --force “reason”."
    )

    def told(self, language: Language) -> dict[str, object]:
        """With the reason in the language asked for."""
        from dossiers.reasons import explain  # which knows the languages of this package

        reason = str(self.context.get("reason", "<reason>"))
        return {**self.context, "reason": explain(reason, language)}


class ReviewUnfinished(SohoaError):
    """A document still has items that wait for a person."""

    code = "review_unfinished"
    category = Category.POLICY
    vi = "Giấy tờ {document} còn {count} mục cần người xem: {items}."
    en = "Document {document} still has {count} items for a person: {items}."


class CopyUnderWay(SohoaError):
    """Another run has the dossier in hand; the new copy is made by it, or by the next."""

    code = "copy_under_way"
    category = Category.POLICY
    retryable = True
    vi = "Hồ sơ {dossier} đang được số hóa. Bản điện tử mới của {document} sẽ được ký ở lần chạy tới."
    en = "Dossier {dossier} is being digitised. The new copy of {document} is signed by the next run."


class DossierUnderWay(SohoaError):
    """Another run has the dossier in hand; what a person says of it now would be lost in it."""

    code = "dossier_under_way"
    category = Category.POLICY
    retryable = True
    vi = "Hồ sơ {dossier} đang được số hóa nên chưa sửa được {document}. Hãy thử lại sau ít phút."
    en = "Dossier {dossier} is being digitised, so {document} cannot be changed. Try again shortly."


class CopyOfACopy(InputError):
    """An electronic copy of our own was handed in for certification where an original must be."""

    code = "copy_of_a_copy"
    vi = (
        "Tệp {file} là bản sao điện tử do Sohoa lập ({form}), không phải bản chính. "
        "Hãy chứng thực từ bản chính: quét lại giấy tờ gốc hoặc dùng tệp gốc đã lưu."
    )
    en = (
        "{file} is an electronic copy made by Sohoa ({form}), no original. "
        "Certify from the original: scan the paper, or take the original file that is kept."
    )


class _TwoWords(InputError):
    """``detail`` tells why in Vietnamese, ``en`` in English."""

    def told(self, language: Language) -> dict[str, object]:
        """With the reason in the language asked for."""
        if language is Language.ENGLISH and "en" in self.context:
            return {**self.context, "detail": self.context["en"]}
        return self.context


class UnsoundOriginal(_TwoWords):
    """An electronic original whose signatures are broken or cannot be examined."""

    code = "unsound_original"
    vi = (
        "Không chứng thực từ tệp {file} ({detail}). Hãy đề nghị người yêu cầu xuất trình bản chính "
        "còn nguyên vẹn. Chưa có số chứng thực nào được cấp."
    )
    en = (
        "{file} is not certified ({detail}). Ask for the original as it was signed. "
        "No number was given."
    )


class SignerUnknown(InputError):
    """An electronic original signed by somebody whom no trusted authority vouches for."""

    code = "signer_unknown"
    vi = (
        "Chưa xác định được người ký tệp {file}: chứng thư của “{signer}” không do tổ chức trong "
        "danh sách tin cậy cấp. Nếu là chữ ký của cơ quan nhà nước, hãy thêm tổ chức cấp chứng thư "
        "bằng lệnh sohoa trust import rồi làm lại. Chưa có số chứng thực nào được cấp."
    )
    en = (
        "Nobody vouches for who signed {file}: the certificate of “{signer}” leads to no trusted "
        "authority. If it is an agency's, add the authority with sohoa trust import and try again. "
        "No number was given."
    )
