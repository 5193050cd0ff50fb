"""Family names of Viet Nam, and words of names that are spelt otherwise than Vietnamese."""

from __future__ import annotations

from dossiers.text import fold

# Of the Kinh and of the other ethnic groups.
_SURNAMES_TEXT = """
an âu ẩn bao bàn bàng bành bá bảo bạc bạch bế biện bì bồ bùi ca cai cam cao cà cát cầm cần cấn
cảnh chang chá cháng châu chẩu chảo chế chẻo chiêm chu chung chúc chương chử công cồ cổ cung cù
củng cư cừ cứ cự danh diêm diệp doãn dư dương đan đàm đàng đào đái đằng đậu đặng đèo điêu điền
điểu đinh đoàn đoạn đồ đồng đống đỗ đổng đới đường giang giao giàng giáp giả giản hà hàn hàng
hán hầu hảng hạ hạng hì hoa hoà hoàng hoắc hồ hồng hờ huỳnh hùng hướng hứa hữu kha khai khang
khà kháng khâu khiếu khoàng khổng khuất khúc khương kiên kiều kim kông la lang lài làn lành lâm
lầm lầu lã lạc lại lê lều liên liêu liễu liệu long lò lô lồ lỗ lộ lộc lù lư lương lường lưu lữ
lự lục ly lý ma mai man mang mao mâu mã mạ mạc mạch mạnh mè mí mông mộc mùa mục na nay nại ngạc
nghê nghiêm nghị ngô ngôn ngọc nguyễn ngụy nhan nhâm nhân nhiêu nhữ ninh nông ong ông ổ phan phà
phàn pháng phạm phí phong phó phù phùng phú phủ phương pờ quan quang quàng quách quản quảng quế
quyền sa sái sâm sầm sần sẩm siu song sơn sùng sử tàng tào tân tất tẩn tăng tải tạ tề thang
thàng thào thái thân thẩm thạch thập thế thi thiên thiều thiệu thịnh thoòng thôi thông thổ
thường thục tiêu tiền tiếp tiết tòng tô tôn tống tổng trang trà trác tráng trầm trần trệu triều
triệu trình trịnh trưng trương tu tưởng từ ty uông ứng vàng vân văn vạn vi viêm viên vì vòng võ
vù vũ vương vừ xa xã xin xồng xuân yên
"""
SURNAMES = frozenset(_SURNAMES_TEXT.split())
SURNAMES_BARE = {fold(name): name for name in sorted(SURNAMES)}

# Ê Đê, Gia Rai, Ba Na, Cơ Ho, Mnông, Khmer, Chăm, Hmông and others.
_OTHER_WORDS_TEXT = """
a adrơng ayun ayŭn bdap bkrông blo bloh blúp bon brao brôi bya byă chanh chăm cil cill dagout
đăk đăm đong đơng eban enuôl êban ênuôl êñuôl h h' hbia hdơk hđơk hlong hmok hmŏk jơ jrang k'
k'bríu k'să kbuôr kdoh kđăm kđoh klong klơng knơng knul kon kơ kpa kpă kpuih kra krai kră kriêng
krông ksor ktla liêng lơ lơm lơng mbon mlo mlô mu ndơng ndu neáng néang néh niê njam oanh păng
pô pơ puih rah ralan rcom rlan rmah rô rông rơ rơchăm rươne sa siu som sóc sơ srây srey thol
thon tou touneh touprong tra vông y ya yơng ƀ
"""
OTHER_WORDS = frozenset(_OTHER_WORDS_TEXT.split())
