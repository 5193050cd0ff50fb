"""What a reason on record says to an operator: reasons are kept in English, and told in Vietnamese.

A sentence with ``{…}`` stands for all that fit it; what is in the braces is passed on, and is itself
told in Vietnamese where it is a sentence of its own. What no sentence fits is shown as recorded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from dossiers.errors import Language

SENTENCES: Mapping[str, str] = {
    # of review
    "required but not found on the paper": "mục bắt buộc nhưng không tìm thấy trên giấy",
    "read with a confidence of {share} %": "đọc được với độ tin cậy {share} %",
    "the document type was not recognised": "chưa nhận ra loại giấy tờ",
    "the page was read badly": "trang đọc không rõ",
    "the page could not be read": "trang không đọc được",
    "kept before there were review items": "ghi nhận từ trước khi có danh sách cần xem",
    "asked for by {who}": "{who} yêu cầu xem lại",
    "confirmed by a person": "người xem đã xác nhận",
    "corrected by a person": "người xem đã sửa",
    "empty, or with characters nobody can type": "để trống hoặc có ký tự không gõ được",
    "given by a person": "do người xem chọn",
    "a person said otherwise": "người xem trước đó ghi khác",
    "a person found no such value on the paper": "người xem trước đó xác nhận giấy không ghi mục này",
    "two people read it differently": "hai người đọc khác nhau",
    # of cross-checks
    "contradiction: {what}": "mâu thuẫn: {what}",
    "agrees with the dossier's manifest": "khớp với thông tin hồ sơ",
    "the dossier's manifest says {a}, the paper says {b}": "thông tin hồ sơ ghi {a}, giấy ghi {b}",
    "the dossier's manifest says it is {a}, it was recognised as {b}": (
        "thông tin hồ sơ ghi là {a}, giấy được nhận ra là {b}"
    ),
    "agrees with the date in words": "khớp với ngày ghi bằng chữ",
    "agrees with {what}": "khớp với {what}",
    "the date in words says {what}": "ngày ghi bằng chữ là {what}",
    "birth year agrees with the personal number": "năm sinh khớp với số định danh",
    "sex agrees with the personal number": "giới tính khớp với số định danh",
    "number says born {a}, paper says {b}": "theo số định danh thì sinh năm {a}, giấy ghi {b}",
    "number says {a}, paper says {b}": "theo số định danh thì là {a}, giấy ghi {b}",
    "the page's own text differs from its print": "chữ lưu trong tệp khác với chữ in trên trang",
    "lies in the future": "ngày ở tương lai",
    "issued before the birth": "ngày cấp trước ngày sinh",
    "figures and words agree": "số và chữ khớp nhau",
    "figures and words differ ({what})": "số và chữ không khớp (chữ ghi {what})",
    "QR code and MRZ differ ({what})": "mã QR và dòng MRZ không khớp ({what})",
    "print agrees with the QR code": "chữ in khớp với mã QR",
    "print agrees with the MRZ": "chữ in khớp với dòng MRZ",
    "print agrees with the {what}": "chữ in khớp với {what}",
    "read from the QR code of the card": "đọc từ mã QR trên thẻ",
    "read from the machine-readable zone, check digits agree": (
        "đọc từ dòng MRZ, các số kiểm tra đều đúng"
    ),
    "QR code of an identity card": "có mã QR của thẻ căn cước",
    # of tables
    "the table “{a}” has {n} rows, of which {m} are read": "bảng “{a}” có {n} dòng, chỉ đọc {m} dòng",
    "the paper has a table “{a}”, which could not be read": (
        "giấy có bảng “{a}” nhưng không đọc được bảng"
    ),
    "it is not clear to which column of the table the words belong": (
        "không rõ chữ thuộc cột nào của bảng"
    ),
    "it is not clear where the row of the table ends": "không rõ dòng của bảng kết thúc ở đâu",
    # of codes
    "the {what} says the same": "{what} cũng ghi như vậy",
    "{a} says {b}, {c} says {d}": "{a} ghi {b}, {c} ghi {d}",
    "{a} says {b}, {c} says {d}, {e} says {f}": "{a} ghi {b}, {c} ghi {d}, {e} ghi {f}",
    "print": "chữ in",
    "QR code": "mã QR",
    "barcode": "mã vạch",
    "the {what} has the same letters without marks": "{what} ghi cùng các chữ ấy nhưng không dấu",
    "print was read as {what}": "chữ in đọc được là {what}",
    "read from the machine-readable zone, check digits agree once {what} is put right": (
        "đọc từ dòng MRZ, các số kiểm tra đúng sau khi sửa {what}"
    ),
    # of handwriting
    "no number is written": "chưa ghi số",
    "no day is written": "chưa ghi ngày",
    "the written number is not to be read": "số viết tay không đọc được",
    "the written day is not to be read": "ngày viết tay không đọc được",
    "the day is {how}": "ngày {how}",
    "the month is {how}": "tháng {how}",
    "the year is {how}": "năm {how}",
    "the number is {how}": "số {how}",
    "the incoming_day is {how}": "ngày đến {how}",
    "the incoming_month is {how}": "tháng đến {how}",
    "the incoming_number is {how}": "số đến {how}",
    "written by hand": "viết tay",
    "of the incoming stamp": "ghi trong dấu đến",
    "set by the signing software": "do phần mềm ký số điền",
    "the paper was signed on {day}": "giấy được ký ngày {day}",
    # of types
    "title {a} on page {b}, strength {c}": "tiêu đề {a} ở trang {b}, độ mạnh {c}",
    "symbol {a} of the number, strength {b}": "ký hiệu {a} sau số, độ mạnh {b}",
    "phrase {what}": "cụm từ {what}",
    "{share}% of its labels": "{share} % số nhãn của loại này",
    "the heading {what} is another": "tiêu đề {what} là của loại khác",
    "layout {what}: a phrase that only it has": "mẫu {what}: có cụm từ chỉ in trên mẫu này",
    "layout {what}: issued while it was in use": "mẫu {what}: ban hành khi mẫu này được dùng",
    "a side of an identity card": "một mặt của thẻ căn cước",
    # of further cross-checks
    "the personal number names the province of registration": (
        "số định danh khớp với tỉnh đăng ký khai sinh"
    ),
    "number given in {a}, birth registered in {b}": (
        "số định danh cấp tại {a}, khai sinh đăng ký tại {b}"
    ),
    "{later} ({a}) lies before {earlier} ({b})": "{later} ({a}) trước {earlier} ({b})",
    "figures say {a}, words say {b}": "số ghi {a}, chữ ghi {b}",
    "the parts add up to the total": "tổng khớp với các thành phần",
    "the parts add up to {a}, the total says {b}": "các thành phần cộng lại là {a}, dòng tổng ghi {b}",
    "the same at {count} places": "giống nhau ở {count} chỗ",
    "printed differently ({what})": "các chỗ in khác nhau ({what})",
    # of the other papers of the dossier
    "{paper} has the same number": "{paper} ghi cùng số này",
    "{paper} has the number {number}": "{paper} ghi số {number}",
    "{paper} says {what}": "{paper} ghi {what}",
    # of places and agencies
    "may be several units: {what}": "có thể là nhiều đơn vị: {what}",
    "printed as {a}, listed as {b}": "giấy ghi {a}, danh mục ghi {b}",
    "neither the paper's day nor kinds of units are told": (
        "không rõ ngày của giấy và loại đơn vị hành chính"
    ),
    "no administrative unit recognised": "không nhận ra đơn vị hành chính nào",
    "no administrative unit of these names": "không có đơn vị hành chính mang tên này",
    "a province of former times": "tên tỉnh cũ",
    "the province is not told": "không ghi tỉnh",
    "the district is not told": "không ghi huyện",
    "{a} is no unit of {b}": "{a} không phải đơn vị thuộc {b}",
    "{a} may be several units of {b}": "{a} có thể là nhiều đơn vị thuộc {b}",
    "{a} may be a misread unit of {b}": "{a} có thể là đơn vị thuộc {b} bị đọc sai",
    "{a} may be a commune of before July 2025": "{a} có thể là xã trước tháng 7/2025",
    "split since July 2025: the unit of today is not certain": (
        "đơn vị đã chia tách từ tháng 7/2025, chưa chắc nay thuộc đơn vị nào"
    ),
    "a comma was lost in front of {what}": "mất dấu phẩy trước {what}",
    "misread: {a} is {b}": "đọc sai: {a} là {b}",
    "no {kind} of this name is listed": "danh mục không có {kind} tên này",
    "no known agency, and {word} is not spelt as a Vietnamese syllable": (
        "không có trong danh sách cơ quan, và {word} không đúng chính tả tiếng Việt"
    ),
    # of check boxes
    "several boxes are marked": "có nhiều ô được đánh dấu",
    "it is not clear which choice the boxes belong to": "không rõ các ô thuộc về lựa chọn nào",
    "no box is marked": "không có ô nào được đánh dấu",
    "a box is neither plainly empty nor plainly marked": (
        "có ô không rõ là để trống hay đã đánh dấu"
    ),
    "beside the marked box stands none of the usual values": (
        "bên cạnh ô được đánh dấu không phải một lựa chọn thường gặp"
    ),
    # of labels
    "the value may go on below": "nội dung có thể còn tiếp ở dòng dưới",
    # of grammars
    "{word} is not spelt as a Vietnamese syllable": "{word} không đúng chính tả tiếng Việt",
    "{a} is not a known family name, {b} is": "{a} không phải họ thường gặp, {b} mới là họ",
    "{word} is rather a middle name, the family name may be hidden": (
        "{word} thường là tên đệm, có thể họ bị che khuất"
    ),
    "{word} within a name is mostly “Thị”": "{word} trong họ tên thường là “Thị”",
    "{word} is not a known family name": "{word} không phải họ thường gặp",
    "the @ was not read": "dấu @ không đọc được",
    "the family name was completed from {what}": "họ được điền cho đủ từ {what}",
    "its slashes were not read": "các dấu gạch chéo không đọc được",
    "a leading zero was missing": "thiếu số 0 ở đầu",
    "a passport number of another country's shape": "số hộ chiếu theo dạng của nước khác",
    "an amount in another currency": "số tiền bằng ngoại tệ",
    "an area of nothing": "diện tích bằng không",
    "capitals do not fit a name": "chữ hoa, chữ thường không hợp với tên người",
    "less than a thousand đồng": "số tiền dưới một nghìn đồng",
    "looks like markup": "giống mã lệnh, không phải chữ trên giấy",
    "month and year only": "chỉ có tháng và năm",
    "year only": "chỉ có năm",
    "more than a hundred per cent": "quá một trăm phần trăm",
    "both choices are printed": "cả hai lựa chọn đều in trên giấy, không rõ chọn bên nào",
    "other figures stand beside it": "bên cạnh còn có số khác",
    "a date of the lunar calendar": "ngày theo âm lịch",
    "too long for figures": "quá dài, không phải số liệu",
    "neither Nam nor Nữ": "không phải Nam, cũng không phải Nữ",
    "neither a personal number nor that of a card or passport": (
        "không phải số định danh, số căn cước hay số hộ chiếu"
    ),
    "no mobile or landline number of today's plan": "không đúng đầu số điện thoại hiện nay",
    "no date": "không có ngày tháng",
    "no time of day": "không có giờ",
    "{what} is no time of day": "{what} không phải là giờ trong ngày",
    "none of the usual values": "không phải giá trị thường gặp",
    "not a business or tax code": "không phải mã số hộ kinh doanh hay mã số thuế",
    "not a class of driving licence": "không phải hạng giấy phép lái xe",
    "not a date of the calendar": "không phải ngày có trong lịch",
    "day or month is not filled in": "chưa điền đủ ngày, tháng",
    "a figure of the day was not read": "ngày chưa đọc được hết",
    "the year has two digits": "năm chỉ có hai chữ số",
    "not a year of a paper": "năm không hợp lý",
    "not in the calendar": "ngày không có trong lịch",
    "not a document number with its symbol": "không phải số và ký hiệu văn bản",
    "not a dossier code": "không phải mã hồ sơ",
    "not a map sheet": "không phải số tờ bản đồ",
    "not a name of two to seven words": "không phải họ tên từ hai đến bảy tiếng",
    "not a number": "không phải số",
    "not a percentage": "không phải tỷ lệ phần trăm",
    "not a personal number of twelve digits": "không phải số định danh đủ 12 chữ số",
    "not a place": "không phải địa danh",
    "not a plot number": "không phải số thửa đất",
    "not a procedure code": "không phải mã thủ tục",
    "not a serial number": "không phải số hiệu",
    "not a tax code": "không phải mã số thuế",
    "not a telephone number": "không phải số điện thoại",
    "not a value of its kind": "không phải giá trị của mục này",
    "not a whole number": "không phải số nguyên",
    "not a year": "không phải năm",
    "not an amount": "không phải số tiền",
    "not an area": "không phải diện tích",
    "not an e-mail address": "không phải địa chỉ thư điện tử",
    "other text beside the e-mail address": "có chữ khác bên cạnh địa chỉ thư điện tử",
    "parts of a đồng": "số tiền có phần lẻ của đồng",
    "province code {code} is not known": "mã tỉnh {code} không có trong danh mục",
    "the check digit is wrong": "số kiểm tra không đúng",
    "the comma may part thousands or decimals": (
        "dấu phẩy có thể là dấu ngăn hàng nghìn hoặc dấu thập phân"
    ),
    "too long for an agency": "quá dài, không phải tên cơ quan",
    "too long for a place": "quá dài, không phải địa danh",
    "too short for an agency": "quá ngắn, không phải tên cơ quan",
}


def explain(reason: str, language: Language) -> str:
    """A reason in the language asked for; as recorded where no sentence is known for it."""
    if language is Language.ENGLISH:
        return reason
    return _vietnamese(reason) or reason


def known(reason: str) -> bool:
    """Whether an operator reads the reason in Vietnamese."""
    return _vietnamese(reason) is not None


def _vietnamese(reason: str) -> str | None:
    plain = SENTENCES.get(reason)
    if plain is not None:
        return plain
    for pattern, vi in _patterns():
        match = pattern.fullmatch(reason)
        if match:
            parts = {name: _vietnamese(part) or part for name, part in match.groupdict().items()}
            return vi.format_map(parts)
    if "; " in reason:
        several = [_vietnamese(part) for part in reason.split("; ")]
        if all(several):
            return "; ".join(part for part in several if part)
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with braces, those that say most first."""
    with_gaps = sorted((en for en in SENTENCES if "{" in en), key=_openness)
    return tuple((_pattern(en), SENTENCES[en]) for en in with_gaps)


def _openness(sentence: str) -> tuple[bool, int]:
    """What begins with words of its own comes first, then what has most of them."""
    return sentence.startswith("{"), -len(re.sub(r"\{\w+\}", "", sentence))


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    text = "".join(
        f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
    return re.compile(text, re.DOTALL)
