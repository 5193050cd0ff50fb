"""Faults of the operating system in words: which file, what is wrong, what to do."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from cli.speech import say

_PARTIAL = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{12}")  # what is written before it gets its name
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL = (errno.ENOSPC, errno.EDQUOT)


def code_of(error: OSError) -> str:
    """A stable code, as errors of our own have."""
    if error.errno == errno.ENOENT:
        return "file_missing"
    if error.errno in _FORBIDDEN:
        return "file_forbidden"
    if error.errno in _FULL:
        return "disk_full"
    return "system_fault"


def sentence_of(error: OSError) -> str:
    """What a person reads, in the language set."""
    path = _path_of(error)
    if path is None:
        return say(
            f"Hệ điều hành báo lỗi: {error}. Hãy báo cho quản trị viên.",
            f"The operating system reports: {error}. Tell the administrator.",
        )
    folder = path.parent
    if error.errno == errno.ENOENT and not folder.is_dir():
        return say(
            f"Không có thư mục {folder} cho tệp {path.name}. Hãy tạo thư mục này hoặc chọn nơi khác.",
            f"There is no folder {folder} for {path.name}. Make it, or choose another place.",
        )
    if error.errno == errno.ENOENT:
        return say(
            f"Không tìm thấy tệp {path}. Hãy kiểm tra lại đường dẫn.",
            f"There is no file {path}. Check the path.",
        )
    if error.errno in _FORBIDDEN:
        return say(
            f"Không được phép đọc hoặc ghi {path}. Hãy chọn nơi khác hoặc xin cấp quyền.",
            f"{path} may not be read or written. Choose another place, or ask for permission.",
        )
    if error.errno in _FULL:
        return say(
            f"Ổ đĩa chứa {path} đã hết chỗ. Hãy dọn bớt rồi làm lại.",
            f"The disk that holds {path} is full. Make room and try again.",
        )
    if error.errno == errno.EISDIR:
        return say(
            f"{path} là thư mục, không phải tệp. Hãy ghi rõ tên tệp.",
            f"{path} is a folder, not a file. Name a file.",
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return say(
            f"Có tệp nằm ở chỗ cần một thư mục trong đường dẫn {path}. Hãy chọn nơi khác.",
            f"There is a file where {path} needs a folder. Choose another place.",
        )
    if error.errno == errno.ENAMETOOLONG:
        return say(
            f"Tên tệp {path} quá dài. Hãy đặt tên ngắn hơn.",
            f"The name {path} is too long. Take a shorter one.",
        )
    return say(
        f"Hệ điều hành báo lỗi với {path}: {error.strerror}. Hãy báo cho quản trị viên.",
        f"The operating system reports of {path}: {error.strerror}. Tell the administrator.",
    )


def _path_of(error: OSError) -> Path | None:
    # Of a rename, where to is what matters.
    name = error.filename2 if error.filename2 is not None else error.filename
    if not isinstance(name, str | bytes) or not name:
        return None
    path = Path(name.decode(errors="replace") if isinstance(name, bytes) else name)
    partial = _PARTIAL.fullmatch(path.name)
    return path.with_name(partial["name"]) if partial else path
