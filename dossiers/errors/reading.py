"""What goes wrong while pages are read."""

from __future__ import annotations

from dossiers.errors.base import Category, Language, SohoaError


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


class _FaultyFile(SohoaError):
    """A file of settings that breaks its schema; ``vi`` and ``en`` tell every fault by line and key."""

    category = Category.CONFIGURATION

    def told(self, language: Language) -> dict[str, object]:
        """With the faults in the language asked for."""
        return {"detail": self.context.get(language.value, "<detail>"), **self.context}


class InvalidDocumentType(_FaultyFile):
    """A document type file breaks the schema; ``faults`` tells every line and key."""

    code = "invalid_document_type"
    vi = "Tệp loại giấy tờ {file}: {detail}."
    en = "Document type file {file}: {detail}."


class InvalidFormFile(_FaultyFile):
    """A form definition or the vocabulary breaks its schema."""

    code = "invalid_form_file"
    vi = "Tệp biểu mẫu {file}: {detail}."
    en = "Form file {file}: {detail}."
