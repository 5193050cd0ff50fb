"""What an operator drops into the intake folder and cannot be taken in."""

from __future__ import annotations

from dossiers.errors.base import Category, Language, SohoaError


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


class CoverContradicts(InputError):
    """A printed cover sheet names a dossier other than the one its file lies in, or two at once."""

    code = "cover_contradicts"
    vi = (
        "Tệp {file}, trang {page}: tờ bìa ghi hồ sơ {found}, không khớp với hồ sơ {dossier}. "
        "Hãy chuyển tệp về đúng hồ sơ hoặc bỏ tờ bìa rồi nộp lại."
    )
    en = (
        "{file}, page {page}: the cover sheet names dossier {found}, which is not {dossier}. "
        "Move the file to its dossier, or take the sheet out, and hand it in again."
    )


class CoverUnreadable(InputError):
    """A cover sheet in a pile of scans whose code names no dossier."""

    code = "cover_unreadable"
    vi = (
        "Tệp {file}, trang {page}: không đọc được mã hồ sơ trên tờ bìa ({detail}). "
        "Hãy in lại tờ bìa bằng sohoa covers rồi quét lại."
    )
    en = (
        "{file}, page {page}: the code on the cover sheet names no dossier ({detail}). "
        "Print the sheet again with sohoa covers and scan again."
    )


class CoverWithoutPapers(InputError):
    """A cover sheet with nothing behind it, or with another dossier's cover right behind it."""

    code = "cover_without_papers"
    vi = (
        "Tệp {file}, trang {page}: sau tờ bìa hồ sơ {found} không có giấy tờ nào. "
        "Hãy kiểm tra thứ tự các tờ rồi quét lại."
    )
    en = (
        "{file}, page {page}: no paper lies behind the cover sheet of dossier {found}. "
        "Check the order of the sheets and scan again."
    )


class NothingToDigitise(InputError):
    """A file of nothing but cover sheets, separator sheets and blank pages."""

    code = "nothing_to_digitise"
    vi = (
        "Tệp {file} chỉ có tờ bìa, tờ phân cách hoặc trang trắng, không có giấy tờ nào. "
        "Hãy quét lại cùng với giấy tờ."
    )
    en = (
        "{file} holds only cover sheets, separators or blank pages, and no paper. "
        "Scan it again with its papers."
    )


class CannotBeDivided(InputError):
    """Papers of a file cannot be split or joined as asked: the base of the reasons below."""

    code = "cannot_be_divided"
    vi = "Không thể tách hoặc gộp {document}."
    en = "{document} cannot be split or joined."


class NoSuchSplit(CannotBeDivided):
    """A document has no such page to begin another one on."""

    code = "no_such_split"
    vi = "Không thể tách {document} ở trang {pages}: trang để tách phải từ 2 đến {last}."
    en = "{document} cannot be split at page {pages}: give pages between 2 and {last}."


class NotOfOneFile(CannotBeDivided):
    """Documents to be joined are of different files, or there is only one."""

    code = "not_of_one_file"
    vi = "Không thể gộp {document}: chỉ gộp được từ hai giấy tờ trở lên của cùng một tệp."
    en = "{document} cannot be joined: give two or more documents of one file."


class AlreadyHandedOut(CannotBeDivided):
    """Somebody relies on a copy that was fetched."""

    code = "already_handed_out"
    vi = "Không thể tách hoặc gộp {document}: bản điện tử đã được cung cấp ra ngoài."
    en = "{document} cannot be split or joined: its copy has been handed out."


class SignedAsAWhole(CannotBeDivided):
    """The original came signed, and its signatures cover all of it."""

    code = "signed_as_a_whole"
    vi = "Không thể tách hoặc gộp {document}: tệp gốc có chữ ký số phủ toàn bộ tệp."
    en = "{document} cannot be split or joined: its original's signatures cover all of it."


class UnderWay(CannotBeDivided):
    """A document or its dossier is being digitised, or was left half done."""

    code = "under_way"
    vi = (
        "Không thể tách hoặc gộp {document} lúc này ({state}): hãy đợi hoặc chạy sohoa retry trước."
    )
    en = "{document} cannot be split or joined now ({state}): wait, or run sohoa retry first."


class DossierNotTaken(SohoaError):
    """A folder of the intake that could not be taken in, for whatever reason; the others go on.

    ``detail`` tells why in Vietnamese; ``en``, where it is given, in English.
    """

    code = "dossier_not_taken"
    category = Category.INTERNAL
    retryable = True
    vi = (
        "Chưa tiếp nhận được hồ sơ {dossier} ({detail}). Tệp được giữ nguyên trong thư mục nhận; "
        "hãy kiểm tra các tệp trong đó hoặc báo cho quản trị viên. Các hồ sơ khác vẫn được xử lý."
    )
    en = (
        "Dossier {dossier} could not be taken in ({detail}). Its files stay in the intake folder; "
        "look at them, or tell the administrator. The other dossiers go on."
    )

    def told(self, language: Language) -> dict[str, object]:
        """With the reason in the language asked for."""
        if language is Language.ENGLISH and "en" in self.context:
            return {**self.context, "detail": self.context["en"]}
        return self.context
