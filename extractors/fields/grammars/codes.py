"""Codes and numbers of papers: document, dossier, procedure, tax, land, diplomas, licences."""

from __future__ import annotations

import re
import unicodedata

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.document_number import DocumentNumber
from dossiers.identifiers.dossier_code import DossierCode
from dossiers.identifiers.procedure_code import ProcedureCode
from dossiers.identifiers.tax import HouseholdBusinessCode, TaxCode
from extractors.fields.grammars.value import Value, doubtful, shown

_CONFUSED = str.maketrans("oOlI", "0011")
_NUMBER_LABEL = re.compile(r"^\s*s[ốoô0óòỏ]\s*[:.]?\s*", re.IGNORECASE)
_DATED = re.compile(r"(?<=\w)[\s.…,;]+ng[^\W\d_]y\b.*$", re.IGNORECASE)
_BARE = re.compile(r"(?!(?:19|20)\d\d$)0{0,3}[1-9]\d{0,4}[A-Za-zĐđ]?")
# Figures with look-alike letters among them, set off by what parts the groups of a code.
_GROUP = re.compile(r"(?<![^\W_])(?=[OolI]*\d)[\dOolI]+(?![^\W_])")
# Luật 23/2008/QH12 Đ59 and Luật 36/2024/QH15 Đ57: the classes before and since 2025.
LICENCE_CLASSES = (
    "A1", "A2", "A3", "A4", "A", "B1", "B2", "B", "C1", "C", "D1", "D2", "D", "E",
    "BE", "C1E", "CE", "D1E", "D2E", "DE", "FB1", "FB2", "FC", "FD", "FE", "F",
)  # fmt: skip
_PLOT = re.compile(r"\d{1,5}[A-Za-zĐđ]?(?:[-/+,;]\d{1,5}[A-Za-zĐđ]?)*")
_SHEET = re.compile(r"(?:[A-ZĐ]{1,4}[-.]?)?\d{1,4}(?:[-/]\d{1,4})*(?:\([^()]{1,30}\))?")
_SERIAL = re.compile(r"(?=[^\d]*\d[^\d]*\d)[A-ZĐ\d]{1,12}(?:[-./][A-ZĐ\d]{1,10}){0,4}")


def document_number(raw: str, *, bare: bool = False) -> Value:
    """``57a/BC-UBND``, ``01/2023/TT-VPCP``, ``58/2020``; the date that may follow is left out.

    Where a number may be ``bare``, it may stand alone (``45``, ``45a``), if it cannot be the year of
    one that was not read.
    """
    text = _DATED.sub("", _NUMBER_LABEL.sub("", raw))
    try:
        return Value(str(DocumentNumber.parse(text)), 1.0)
    except InvalidIdentifier:
        if bare and (match := _BARE.fullmatch(text.strip(" .,;:"))):
            return Value(match[0], 1.0)
        return doubtful(text, 0.3, "not a document number with its symbol")


def business_code(raw: str) -> Value:
    """Code of a household business, or a tax code."""
    return _identifier(HouseholdBusinessCode, raw, 0.3, "not a business or tax code")


def tax_code(raw: str) -> Value:
    """Ten digits whose last one checks, ``-NNN`` of a unit, or a personal number."""
    try:
        code = TaxCode.parse(raw)
        # Of personal numbers no digit checks the others.
        checked = ("check_digit",) if len(code.digits) == 10 else ()
        return Value(str(code), 1.0, confirmed=checked)
    except InvalidIdentifier as error:
        wrong_digit = "check digit" in str(error.context["detail"])
        text = re.sub(r"[\s.]", "", raw)
        return doubtful(text, 0.3, "the check digit is wrong" if wrong_digit else "not a tax code")


def dossier_code(raw: str) -> Value:
    """``H31.12-261123-0001`` and the older orders."""
    return _identifier(DossierCode, _mended(raw), 0.3, "not a dossier code")


def procedure_code(raw: str) -> Value:
    """``1.005129``."""
    return _identifier(ProcedureCode, _mended(raw), 0.3, "not a procedure code")


def licence_class(raw: str) -> Value:
    """Classes of a driving licence, parted by ``, ``."""
    bare = "".join(c for c in unicodedata.normalize("NFD", raw) if not unicodedata.combining(c))
    bare = re.sub(r"\b([A-F]) ([1-3lI])\b", r"\1\2", re.sub(r"(?i)hang|class", " ", bare))
    tokens = re.split(r"[\s,;/+]+", bare.strip(" .:;,"))
    found = [token[:1].upper() + token[1:].translate(_CONFUSED).upper() for token in tokens]
    if found and all(token in LICENCE_CLASSES for token in found):
        return Value(", ".join(dict.fromkeys(found)), 1.0)
    return doubtful(raw, 0.3, "not a class of driving licence")


def serial(raw: str) -> Value:
    """Serials of land certificates and diplomas, register entries: compact, as printed for people.

    ``CĐ 123456`` gives ``CĐ123456``.
    """
    text = " ".join(_NUMBER_LABEL.sub("", raw).replace("Ð", "Đ").upper().split()).strip(" .,;:")
    text = _mended(text)
    compact = text.replace(" ", "")
    if match := re.fullmatch(r"([A-ZĐ]{1,4})([\dOI]{4,8})", compact):
        digits = match[2].translate(_CONFUSED)
        gap = " " if " " in text else ""
        return shown(match[1] + digits, f"{match[1]}{gap}{digits}")
    if _SERIAL.fullmatch(compact):
        return shown(compact, text, 0.9)
    return doubtful(text, 0.3, "not a serial number")


def plot_number(raw: str) -> Value:
    """``84``, ``12a``, ``123-1``; leading noughts are left out."""
    return _of_land(_PLOT, raw, "not a plot number")


def map_sheet(raw: str) -> Value:
    """``12``, ``ĐC05``, ``12 (298571-4-b)``."""
    return _of_land(_SHEET, raw.upper(), "not a map sheet")


def _of_land(shape: re.Pattern[str], raw: str, reason: str) -> Value:
    text = _mended(" ".join(raw.split()).strip(" .,;:"))
    compact = text.replace(" ", "")
    if not shape.fullmatch(compact):
        return doubtful(raw, 0.3, reason)
    plain = re.sub(r"^([A-ZĐ]*[-.]?)0+(?=\d)", r"\1", compact)
    return shown(plain, text)


def _identifier(
    kind: type[HouseholdBusinessCode] | type[DossierCode] | type[ProcedureCode],
    raw: str,
    validity: float,
    reason: str,
) -> Value:
    try:
        return Value(str(kind.parse(raw)), 1.0)
    except InvalidIdentifier:
        return doubtful(re.sub(r"\s", "", raw), validity, reason)


def _mended(text: str) -> str:
    """Look-alike letters made figures in groups that are figures otherwise."""
    return _GROUP.sub(lambda match: match[0].translate(_CONFUSED), text)
