"""What every error is: a code, a category, whether a retry can help, and two sentences."""

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
        return template.format_map(_Readable(self.told(language)))

    def told(self, language: Language) -> dict[str, object]:
        """What fills the template; a subclass may put it into the language asked for."""
        del language
        return self.context

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries; the default would lose the keywords.
        return (_rebuild, (type(self), self.context))


class _Readable(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _rebuild(kind: type[SohoaError], context: dict[str, object]) -> SohoaError:
    return kind(**context)
