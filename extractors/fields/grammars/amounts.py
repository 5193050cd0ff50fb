"""Amounts: money, numbers, areas and percentages, in figures and in words.

Vietnamese figures part thousands with a dot and decimals with a comma (``1.250,75``).
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.number_words import parse_decimal_words, parse_number_words
from dossiers.text import fold
from extractors.fields.grammars.value import OTHERS, Value, at_most, doubtful, shown

_FIGURES = re.compile(r"(?<![\w])[\dOolI](?:[\dOolI]|[.,](?=[\dOolI])|\s(?=\d{3}(?!\d)))*")
_CONFUSED = str.maketrans("oOlI", "0011")
_SCALES = {"nghin": 10**3, "ngan": 10**3, "trieu": 10**6, "ty": 10**9, "ti": 10**9}
_FOREIGN = re.compile(r"\b(?:usd|eur|jpy|do la|euro|yen)\b|[$€¥]")
_IN_WORDS = re.compile(r"bang chu|[(;:,]\s*(?=[a-z]{2})")
_NOT_NUMBER = re.compile(
    r"\b(?:bang chu|viet bang chu|so tien|dong|viet nam|vnd|chan|tron|met vuong|m2|phan tram|"
    r"mot cach|ghi|dien tich)\b"
)
# What may stand beside a figure and is none of its kind: units, days, numbers of papers.
_ASIDE = re.compile(
    r"\b[kcd]?m\s?[23²³]|(?<!\w)m[²³]"
    r"|ngay\W{0,9}\d{1,2}\W{1,9}thang\W{0,9}\d{1,2}\W{1,9}nam\W{0,9}\d{4}"
    r"|(?<!\d)\d{1,2}([/.\-])\d{1,2}\1\d{4}(?!\d)|\b(?:thang \d{1,2} )?nam \d{4}\b"
    r"|\b(?:so|dieu|khoan|muc|quyen|trang)\b\W{0,3}\d[\w./&\-]*"
)
_SCALE_WORD = re.compile(r"\b(?:nghin|ngan|trieu|t[yi](?!\s+le))\b")
_SIGNED = re.compile(r"(?:[-−–±]|\b[âÂ]m\s+)$")
_LONGEST_FIGURE = 24
_AGREES, _DIFFERS = 1.0, 0.2


def money(raw: str) -> Value:
    """Whole đồng as digits: ``150.000.000 đồng``, ``1,5 tỷ đồng``; words beside them must agree."""
    folded = fold(raw)
    found = _figures(raw)
    if found is None:
        return money_words(raw)
    amount, start, end = found
    if _FOREIGN.search(folded):
        return doubtful(_plain(amount), 0.4, "an amount in another currency")
    amount, end = _scaled(raw, amount, end)
    if amount != amount.to_integral_value():
        return doubtful(_plain(amount), 0.4, "parts of a đồng")
    text = _plain(amount)
    if len(text) < 4 and amount:
        return shown(text, money_display(int(amount)), 0.5, "less than a thousand đồng")
    return _alone(shown(text, money_display(int(amount))), raw[:start], raw[end:])


def _scaled(raw: str, amount: Decimal, end: int) -> tuple[Decimal, int]:
    """The amount with its scale, and smaller ones that go on: ``150 triệu 500 nghìn``."""
    total, smallest = Decimal(0), None
    while scale := _scale(raw, end):
        by, behind = scale
        if smallest is not None and (by >= smallest or amount * by >= smallest):
            break
        total, smallest, done = total + amount * by, by, behind
        following = _figures(raw[behind:])
        if following is None or raw[behind : behind + following[1]].strip(" ,"):
            return total, done
        amount, end = following[0], behind + following[2]
    return (amount, end) if smallest is None else (total, done)


def _scale(raw: str, end: int) -> tuple[int, int] | None:
    """The scale word that comes next, and where it ends; ``(nghìn đồng)`` is one too."""
    match = re.compile(r"[\s.,]*(\(\s*)?([^\W\d_]+)(?:\s*đồng\s*\))?").match(raw, end)
    if match is None or (match[1] and not match[0].endswith(")")):
        return None
    by = _SCALES.get(fold(match[2]))
    if by is None:
        return None
    return by, match.end() if match[1] else match.end(2)


def money_words(raw: str) -> Value:
    """Whole đồng as digits out of words: ``Một trăm năm mươi triệu đồng chẵn``."""
    try:
        amount = parse_number_words(_bare_words(raw))
    except InvalidIdentifier:
        return doubtful(raw, 0.3, "not an amount")
    return shown(str(amount), money_display(amount))


def amounts_agree(figures: str, words: str) -> bool:
    """Whether an amount and its words say the same; false where either is unclear.

    Both may be normalised already (``150000000``) or as printed.
    """
    try:
        return _amount(figures) == _amount(words)
    except (InvalidOperation, InvalidIdentifier):
        return False


def _amount(text: str) -> Decimal:
    found = _figures(text)
    return found[0] if found else parse_decimal_words(_bare_words(text))


def money_display(amount: int) -> str:
    """``150.000.000 đồng``."""
    return f"{amount:,} đồng".replace(",", ".")


def number(raw: str) -> Value:
    """A whole number without leading noughts: ``03``, ``12 (mười hai)``, ``ba``."""
    found = _figures(raw)
    if found is None:
        try:
            return Value(str(parse_number_words(_bare_words(raw))), 1.0)
        except InvalidIdentifier:
            return doubtful(raw, 0.3, "not a number")
    amount, start, end = found
    if amount != amount.to_integral_value():
        return doubtful(_plain(amount), 0.5, "not a whole number")
    return _alone(Value(_plain(amount), 1.0), raw[:start], raw[end:])


def area(raw: str) -> Value:
    """Square metres with a decimal point: ``120,5 m²``, ``2,5 ha``, ``… mét vuông`` in words."""
    found = _figures(raw)
    if found is None:
        try:
            amount = parse_decimal_words(_bare_words(raw))
        except InvalidIdentifier:
            return doubtful(raw, 0.3, "not an area")
        return _square_metres(amount)
    amount, start, end = found
    unit = re.match(r"\s*(ha\b|hecta|héc-?ta|km|m)?", raw[end:].lower())
    if unit and unit[1] and unit[1] not in ("m", "km"):
        amount *= 10_000
    elif unit and unit[1] == "km":
        amount *= 1_000_000
    value = _square_metres(amount)
    if not amount:
        return doubtful(value.text, 0.3, "an area of nothing")
    figures = raw[:end].split()[-1]
    if re.fullmatch(r"\d{1,3},\d{3}", figures):
        return shown(value.text, value.display, 0.5, "the comma may part thousands or decimals")
    return _alone(value, raw[:start], raw[end:])


def percentage(raw: str) -> Value:
    """A share of a hundred with a decimal point, without the sign."""
    found = _figures(raw)
    before = behind = ""
    if found is None:
        try:
            amount = parse_decimal_words(_bare_words(raw))
        except InvalidIdentifier:
            return doubtful(raw, 0.3, "not a percentage")
    else:
        amount, start, end = found
        before, behind = raw[:start], raw[end:]
    text = _plain(amount)
    display = f"{_comma(amount)}%"
    if amount > 100:
        return shown(text, display, 0.5, "more than a hundred per cent")
    return _alone(shown(text, display), before, behind)


def _square_metres(amount: Decimal) -> Value:
    return shown(_plain(amount), f"{_comma(amount)} m²")


def _figures(raw: str) -> tuple[Decimal, int, int] | None:
    """The first number in figures, where it begins and ends; look-alike letters are mended."""
    for match in _FIGURES.finditer(raw):
        token = match[0]
        if len(token) > _LONGEST_FIGURE:
            continue
        digits = sum(c.isdigit() for c in token)
        if digits == 0 or digits * 3 < sum(c.isalnum() for c in token) * 2:
            continue
        amount = _decimal(token.translate(_CONFUSED))
        if amount is not None:
            return amount, match.start(), match.end()
    return None


def _decimal(token: str) -> Decimal | None:
    token = re.sub(r"\s", ".", token)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?", token):
        return Decimal(token.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3}(?:,\d{3})+\.\d+", token):
        return Decimal(token.replace(",", ""))
    if re.fullmatch(r"\d+\.\d+", token):
        return Decimal(token)
    return None


def _alone(value: Value, before: str, tail: str) -> Value:
    """The value, judged by what stands beside it: words that say it, a sign, other figures."""
    value = _confirmed(value, tail)
    if _SIGNED.search(before) or _others(before) or _others(tail):
        return at_most(value, 0.6, OTHERS)
    return value


def _others(text: str) -> bool:
    """Whether figures stand in a text, or a scale word that is none of an amount in words."""
    rest = _ASIDE.sub(" ", fold(text))
    words = _IN_WORDS.search(rest)
    return any(c.isdigit() for c in rest) or bool(
        _SCALE_WORD.search(rest[: words.start()] if words else rest)
    )


def _confirmed(value: Value, tail: str) -> Value:
    """The value, judged by the words that follow it, if they are a number at all."""
    opened = _IN_WORDS.search(fold(tail))
    if opened is None:
        return value
    try:
        said = parse_decimal_words(_bare_words(tail))
    except InvalidIdentifier:
        return value
    if said == Decimal(value.text):
        value = shown(value.text, value.display or value.text, _AGREES, "figures and words agree")
        return replace(value, confirmed=("words",))
    reason = f"contradiction: figures and words differ ({_plain(said)})"
    return shown(value.text, value.display or value.text, _DIFFERS, reason)


def _bare_words(raw: str) -> str:
    return _NOT_NUMBER.sub(" ", fold(raw).replace("m²", " "))


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _comma(amount: Decimal) -> str:
    whole, _, decimals = _plain(amount).partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{grouped},{decimals}" if decimals else grouped
