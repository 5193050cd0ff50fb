"""What the generated lines say: running text of laws, and the short lines of administrative papers."""

from __future__ import annotations

import lzma
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

_PROVINCES = (
    "An Giang,Bắc Ninh,Cà Mau,Cao Bằng,Cần Thơ,Đà Nẵng,Đắk Lắk,Điện Biên,Đồng Nai,Đồng Tháp,Gia Lai,"
    "Hà Nội,Hà Tĩnh,Hải Phòng,Hồ Chí Minh,Huế,Hưng Yên,Khánh Hòa,Lai Châu,Lạng Sơn,Lào Cai,Lâm Đồng,"
    "Nghệ An,Ninh Bình,Phú Thọ,Quảng Ngãi,Quảng Ninh,Quảng Trị,Sơn La,Tây Ninh,Thái Nguyên,"
    "Thanh Hóa,Tuyên Quang,Vĩnh Long,Thái Bình,Bình Định,Yên Bái,Kon Tum,Bà Rịa - Vũng Tàu"
).split(",")
_FAMILY = (
    "Nguyễn,Trần,Lê,Phạm,Hoàng,Huỳnh,Phan,Vũ,Võ,Đặng,Bùi,Đỗ,Hồ,Ngô,Dương,Lý,Đinh,Tạ,Trương,Mai,"
    "Lương,Cao,Châu,Tô,Hà,Quách,Giàng,Lò,Nông,Triệu,Y,H',Krông,Tỵ"
).split(",")
_GIVEN = (
    "An,Anh,Bảo,Bích,Bình,Cẩm,Châu,Chiến,Cường,Diễm,Dung,Duy,Dũng,Đạt,Đức,Giang,Hà,Hải,Hạnh,Hằng,"
    "Hiền,Hiếu,Hòa,Hồng,Huệ,Hùng,Huy,Hương,Khánh,Khoa,Kiên,Kỳ,Lan,Lâm,Liên,Linh,Loan,Long,Ly,Mai,"
    "Mẫn,Minh,My,Mỹ,Nam,Nga,Ngân,Nghĩa,Ngọc,Nguyên,Nguyệt,Nhân,Nhung,Oanh,Phong,Phúc,Phước,Phượng,"
    "Quân,Quang,Quốc,Quyên,Quỳnh,Sơn,Tâm,Tân,Thanh,Thảo,Thắm,Thắng,Thêm,Thị,Thiện,Thịnh,Thoa,Thu,"
    "Thủy,Thùy,Thư,Tiến,Toàn,Trà,Trang,Trí,Trinh,Trúc,Trung,Tuấn,Tuệ,Tùng,Tuyết,Tỵ,Uyên,Văn,Vân,"
    "Việt,Vinh,Vũ,Vượng,Vỹ,Xuân,Xuyến,Yên,Yến,Ý"
).split(",")
_CODES = (
    "QĐ-UBND,NQ-HĐND,NĐ-CP,TT-BTC,TT-BNV,TTr-SNV,BC-STC,CV-SYT,UBND-KTTH,UBND-NC,KH-UBND,TB-VP,"
    "CT-UBND,QĐ-TTg,CT-TTg,HD-SXD,STNMT-QLĐĐ,SGDĐT-TCCB,BTP-PBGDPL,VPCP-KTTH,TTLT-BTC-BNV,GM-UBND,"
    "STC-HCSN,QĐ-BTC,NQ-CP,QH15,QĐ-BCĐ138,TTPVHCC-TH,GP-SXD,GCN-UBND,XN-UBND,GKS,TLKS-BS,BXD-QLN"
).split(",")
_HEADINGS = (
    "QUYẾT ĐỊNH|QUYẾT ĐỊNH:|CHỈ THỊ|THÔNG BÁO|TỜ TRÌNH|BÁO CÁO|NGHỊ QUYẾT|KẾ HOẠCH|GIẤY MỜI|PHỤ LỤC|"
    "CÔNG ĐIỆN|HƯỚNG DẪN|BIÊN BẢN|HỢP ĐỒNG|GIẤY XÁC NHẬN|ĐƠN ĐỀ NGHỊ|GIẤY KHAI SINH|GIẤY CHỨNG NHẬN|"
    "TRÍCH LỤC KHAI SINH|GIẤY PHÉP XÂY DỰNG|TỜ KHAI|PHIẾU TIẾP NHẬN HỒ SƠ|CĂN CƯỚC CÔNG DÂN|KẾT LUẬN|"
    "GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH|GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN|BẢN SAO|HỎA TỐC|KHẨN"
).split("|")
_OFFICES = (
    "ỦY BAN NHÂN DÂN|UỶ BAN NHÂN DÂN|UBND|HỘI ĐỒNG NHÂN DÂN|THỦ TƯỚNG CHÍNH PHỦ|BỘ TÀI CHÍNH|"
    "SỞ NỘI VỤ|SỞ TƯ PHÁP|SỞ XÂY DỰNG|SỞ KẾ HOẠCH VÀ ĐẦU TƯ|VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI|CÔNG AN TỈNH|"
    "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG|BAN CHỈ ĐẠO 138|CHI CỤC THUẾ|PHÒNG TÀI CHÍNH - KẾ HOẠCH"
).split("|")
_SIGNERS = (
    "KT. CHỦ TỊCH|CHỦ TỊCH|PHÓ CHỦ TỊCH|TM. ỦY BAN NHÂN DÂN|TUQ. CHỦ TỊCH|KT. BỘ TRƯỞNG|THỨ TRƯỞNG|"
    "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC|GIÁM ĐỐC|CHÁNH VĂN PHÒNG|Q. GIÁM ĐỐC|TL. CHỦ TỊCH|NGƯỜI LÀM ĐƠN|"
    "CÔNG CHỨC TƯ PHÁP - HỘ TỊCH|NGƯỜI KÝ GIẤY KHAI SINH"
).split("|")
_RECIPIENTS = (
    "Nơi nhận:|- Như Điều 3;|- Như trên;|- Như kính gửi;|- CVP, PCVP;|- TT Tỉnh ủy, HĐND tỉnh;|"
    "- CT, các PCT UBND tỉnh;|- Văn phòng Chính phủ;|- VP: CVP, các PCVP, KTTH;|- Lưu: VT, NC.|"
    "- Các sở, ban, ngành;|- UBND các xã, phường;|- Cổng TTĐT tỉnh;|- Lưu: VT, KTTH(Ph.120b)."
).split("|")
_LABELS = (
    "Họ và tên:|Họ, chữ đệm, tên:|Ngày, tháng, năm sinh:|Giới tính:|Dân tộc:|Quốc tịch:|Nơi sinh:|"
    "Quê quán:|Nơi cư trú:|Nơi thường trú:|Số định danh cá nhân:|Giấy tờ tùy thân:|Số điện thoại:|"
    "Mã số thuế:|Ngành, nghề kinh doanh:|Vốn kinh doanh:|Địa chỉ trụ sở:|Thửa đất số:|Tờ bản đồ số:|"
    "Diện tích:|Mục đích sử dụng đất:|Thời hạn sử dụng:|Kính gửi:|Lý do:|Ghi chú:|Có giá trị đến:"
).split("|")
_UNITS = ("đồng", "m²", "m2", "ha", "%", "triệu đồng", "người", "hồ sơ", "m³", "x", "km", "x 2")
_DASHED = ("Độc lập - Tự do - Hạnh phúc", "Độc lập – Tự do – Hạnh phúc")
_NATION = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM",
)


class Texts:
    """An endless source of lines, drawn by one random generator."""

    def __init__(self, chance: random.Random, paragraphs: list[str]) -> None:
        self.chance = chance
        self.paragraphs = paragraphs
        sample = chance.sample(paragraphs, min(4000, len(paragraphs)))
        self._words = " ".join(sample).split()
        self._kinds: tuple[tuple[float, Callable[[], str], bool], ...] = (
            (1.0, lambda: chance.choice(_NATION), True),
            (0.8, lambda: chance.choice(_DASHED), True),
            (1.0, self._office, True),
            (1.4, lambda: chance.choice(_HEADINGS), True),
            (1.2, lambda: f"Số: {self._code()}", False),
            (1.2, lambda: f"{chance.choice(_PROVINCES)}, {self._date()}", False),
            (1.2, lambda: chance.choice(_RECIPIENTS), False),
            (1.0, lambda: chance.choice(_SIGNERS), True),
            (1.6, self._name, False),
            (1.0, lambda: self._name().upper(), True),
            (1.4, lambda: self._piece(20, 75).upper(), True),
            (1.4, self._citation, False),
            (1.0, lambda: f"V/v {self._piece(20, 60).lower()}", False),
            (2.6, self._figures, False),
            (1.0, lambda: f"Điều {chance.randint(1, 90)}. {self._piece(20, 60)}", True),
            (0.8, lambda: f"{chance.choice('•+-')} {self._piece(20, 60)}", False),
            (3.0, self._form_line, False),
            (1.6, self._cell, False),
        )

    @classmethod
    def of_file(cls, path: Path, chance: random.Random, characters: int = 12_000_000) -> Texts:
        """Paragraphs from a random stretch of a UTF-8 text, which may be ``.xz``."""
        opened = lzma.open if path.suffix == ".xz" else open
        skipped = chance.randrange(8)
        text = ""
        with opened(path, "rt", encoding="utf-8", errors="ignore") as file:
            for _ in range(skipped + 1):
                text = file.read(characters) or text
        lines = (" ".join(line.split()) for line in text.split("\n"))
        return cls(chance, [unicodedata.normalize("NFC", line) for line in lines if len(line) > 15])

    def paragraph(self) -> list[str]:
        """Words of running text; a few are shuffled, so that the model reads rather than guesses."""
        if self.chance.random() < 0.1:
            return self.chance.choices(self._words, k=self.chance.randint(10, 60))
        return self.chance.choice(self.paragraphs).split()

    def short(self) -> tuple[str, bool]:
        """A short line, and whether such lines are mostly bold."""
        (_, make, bold) = self.chance.choices(self._kinds, [kind[0] for kind in self._kinds])[0]
        return make(), bold

    def _piece(self, least: int, most: int) -> str:
        text = self.chance.choice(self.paragraphs)
        return text[: self.chance.randint(least, most)].rsplit(" ", 1)[0]

    def _office(self) -> str:
        province = self.chance.choice(_PROVINCES).upper()
        return self.chance.choice(_OFFICES) + self.chance.choice(["", "", f" TỈNH {province}"])

    def _name(self) -> str:
        middle = self.chance.choices(_GIVEN, k=self.chance.choice([1, 1, 1, 2]))
        return " ".join([self.chance.choice(_FAMILY), *middle, self.chance.choice(_GIVEN)])

    def _date(self) -> str:
        day, month = self.chance.randint(1, 31), self.chance.randint(1, 12)
        year = self.chance.randint(1940, 2030)
        return self.chance.choice(
            [
                f"{day:02d}/{month:02d}/{year}",
                f"{day}/{month}/{year}",
                f"ngày {day:02d} tháng {month:02d} năm {year}",
                f"ngày {day} tháng {month} năm {year}",
                f"ngày        tháng {month:02d} năm {year}",
                f"{day:02d}-{month:02d}-{year}",
            ]
        )

    def _code(self) -> str:
        number = str(self.chance.randint(1, 3200))
        if self.chance.random() < 0.25:
            number = "     "  # written by hand, or not yet
        elif self.chance.random() < 0.3:
            number = number.zfill(2)
        year = f"{self.chance.randint(1998, 2030)}/" if self.chance.random() < 0.3 else ""
        return f"{number}/{year}{self.chance.choice(_CODES)}"

    def _citation(self) -> str:
        kind = self.chance.choice(["Công văn", "Quyết định", "Nghị quyết", "Tờ trình", "Thông tư"])
        return f"{kind} số {self._code()} ngày {self._date()}"

    def _figure(self) -> str:
        draw = self.chance
        return draw.choice(
            [
                lambda: str(draw.randint(0, 9)),
                lambda: str(draw.randint(1, 9999)),
                lambda: f"{draw.randint(1, 999)},{draw.randint(0, 99):02d}",
                lambda: f"{draw.randint(1, 999)}.{draw.randint(0, 999):03d}.000",
                lambda: f"{draw.randint(1, 999)}.{draw.randint(0, 999):03d}",
                lambda: f"{draw.randint(1, 100)}%",
                lambda: f"{draw.randrange(10**12):012d}",
                lambda: f"0{draw.randrange(10**9):09d}",
                lambda: f"H{draw.randint(1, 63):02d}.{draw.randint(1, 30)}-{draw.randint(200000, 261231)}-{draw.randint(1, 9999):04d}",
                lambda: "".join(draw.choices("ABCDEGHIKLMNPQRSTUVXY0123456789", k=draw.randint(4, 10))),
                self._date,
                self._code,
            ]
        )()

    def _figures(self) -> str:
        count = self.chance.randint(1, 6)
        parts = [self._figure() for _ in range(count)]
        parts += self.chance.choices(_UNITS, k=self.chance.randint(0, 2))
        self.chance.shuffle(parts)
        return " ".join(parts)

    def _cell(self) -> str:
        """What stands in a cell of a table: often a single figure or sign."""
        draw = self.chance
        return draw.choice(
            [
                lambda: str(draw.randint(1, 40)),
                lambda: draw.choice("xX-–/0123456789"),
                lambda: draw.choice(["STT", "TT", "Ghi chú", "Số lượng", "Đơn vị", "I", "II", "III", "IV", "V", "a)", "b)", "1.", "2."]),
                self._figure,
                lambda: self._piece(6, 25),
            ]
        )()

    def _form_line(self) -> str:
        """A label and its value on leader dots, or only the dots."""
        draw = self.chance
        value = draw.choice([self._name, self._date, self._figure, lambda: self._piece(10, 45)])()
        before, after = ("." * draw.randint(0, 30) for _ in range(2))
        gap = draw.choice(["", " "])
        line = draw.choice(
            [
                f"{draw.choice(_LABELS)} {before}{gap}{value}{gap}{after}",
                f"{draw.choice(_LABELS)} {value}",
                f"{draw.choice(_LABELS)} {'.' * draw.randint(6, 60)}",
                f"{draw.choice(_LABELS)} {value} {after} {draw.choice(_LABELS)} {draw.choice(_GIVEN)}",
            ]
        )
        return f"{draw.randint(1, 20)}. {line}" if draw.random() < 0.2 else line

