"""Which language the program speaks: ``language`` in ``sohoa.toml`` or ``SOHOA_LANGUAGE``."""

from __future__ import annotations

from functools import cache

from dossiers.errors import InvalidSettings, Language
from dossiers.settings import load_settings


@cache
def language() -> Language:
    """The language set; Vietnamese while the settings cannot be read (the command will say why)."""
    try:
        return load_settings().language
    except InvalidSettings:
        return Language.VIETNAMESE


def say(vi: str, en: str) -> str:
    """The one of two wordings that the person asked for."""
    return vi if language() is Language.VIETNAMESE else en
