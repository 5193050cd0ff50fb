r"""Makes the gazetteer ``extractors/places/units.tsv`` from public lists of administrative units.

    python -m training.gazetteer --before OLD63.json --after NEW34.json \
        --mergers MERGERS.json --conversion CONVERSION.db CONVERSION.json

``--before`` and ``--after`` are the lists of 63 and 34 provinces of the Vietnamese provinces database
(``Code``, ``Name``, ``FullName``, nested). ``--mergers`` tells in words what each commune of July
2025 was made of (the resolutions of the Standing Committee of the National Assembly, 1656 to
1687/NQ-UBTVQH15 of 2025): ``[{"ma", "ten", "magoc", "truocsapnhap"}]``. ``--conversion`` is a second
account of the same, of the package ``vietnamadminunits``: it fills what the words leave open, and
whatever the two see differently is printed. Only names, codes and mergers are taken.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dossiers.text import fold, nfc
from extractors.places.keys import spoken
from extractors.places.units import HEADER, TABLE

_KINDS = (
    "tỉnh", "thành phố", "quận", "huyện", "thị xã", "phường", "xã", "thị trấn", "đặc khu",
)  # fmt: skip
_COMMUNE = r"(?:phường|xã|thị trấn|đặc khu)"
_LATER = re.compile(r"\((?=[^()]*sáp nhập)[^()]*\)|theo quy định tại khoản \d+ Điều này")
# What the resolutions say around the names.
_AROUND = re.compile(
    r"sắp xếp|một phần|toàn bộ|diện tích(?: tự nhiên|\s+TN)?|quy mô dân số|phần còn lại|"
    r"sau khi sắp xếp|của các|của|các",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"(?:({_COMMUNE})\s+)?(.+?)(?:\s*\(([^()]+)\))?", re.IGNORECASE)


@dataclass
class _Lists:
    """Rows of both sets and what the wards of the first became."""

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    became: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    districts: dict[str, str] = field(default_factory=dict)
    wards: dict[str, tuple[str, str, str, str]] = field(default_factory=dict)
    new_wards: dict[tuple[str, str], str] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the lists, write the table, print what they disagree on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in ("--before", "--after", "--mergers"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--conversion", type=Path, nargs=2, required=True)
    parser.add_argument("-o", "--out", type=Path, default=TABLE)
    options = parser.parse_args(arguments)
    lists = _Lists()
    _read_before(lists, _json(options.before))
    _read_after(lists, _json(options.after))
    second = _second_account(lists, *options.conversion)
    open_names = _read_mergers(lists, _json(options.mergers), second)
    _settle(lists, second, open_names)
    _islands(lists)
    lines = ["\t".join(HEADER)]
    for row in sorted(lists.rows, key=lambda row: (row[0] == "after", len(row[2]), row[2])):
        now = " ".join(sorted(lists.became.get(row[2], ()))) if row[0] == "before" else ""
        lines.append("\t".join((*row, now)))
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    split = sum(len(now) > 1 for now in lists.became.values())
    print(f"{len(lines) - 1} units; {len(lists.became)} became others, {split} of them several")


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _kind_and_name(full: str) -> tuple[str, str]:
    text = nfc(" ".join(full.split()))
    kind = next(kind for kind in _KINDS if text.lower().startswith(kind + " "))
    return kind, text[len(kind) + 1 :]


def _read_before(lists: _Lists, provinces: Iterable[Mapping[str, Any]]) -> None:
    for province in provinces:
        kind, name = _kind_and_name(province["FullName"])
        lists.rows.append(("before", kind, province["Code"], "", name))
        for district in province["District"]:
            kind, name = _kind_and_name(district["FullName"])
            lists.rows.append(("before", kind, district["Code"], province["Code"], name))
            lists.districts[district["Code"]] = f"{kind} {name}"
            for ward in district["Ward"] or ():
                kind, name = _kind_and_name(ward["FullName"])
                lists.rows.append(("before", kind, ward["Code"], district["Code"], name))
                lists.wards[ward["Code"]] = (province["Code"], district["Code"], kind, name)


def _read_after(lists: _Lists, provinces: Iterable[Mapping[str, Any]]) -> None:
    for province in provinces:
        kind, name = _kind_and_name(province["FullName"])
        lists.rows.append(("after", kind, province["Code"], "", name))
        for ward in province["Wards"]:
            kind, name = _kind_and_name(ward["FullName"])
            lists.rows.append(("after", kind, ward["Code"], province["Code"], name))
            lists.new_wards[province["Code"], spoken(f"{kind} {name}")] = ward["Code"]
            # A commune may become a ward (xã, phường) without being another unit.
            lists.new_wards.setdefault((province["Code"], spoken(name)), ward["Code"])


def _second_account(lists: _Lists, database: Path, table: Path) -> dict[str, set[str]]:
    """What the wards became by the package's account, by code."""
    connection = sqlite3.connect(database)
    old = {
        "_".join(keys): code
        for *keys, code in connection.execute(
            "select provinceKey, districtKey, wardKey, wardCode from admin_units_legacy"
            " where wardCode is not null"
        )
    }
    # By name: it writes two of the codes otherwise.
    new = {
        (province, ward): lists.new_wards.get((code, spoken(full)))
        or lists.new_wards[code, spoken(full.partition(" ")[2])]
        for province, ward, code, full in connection.execute(
            "select provinceKey, wardKey, provinceCode, ward from admin_units"
        )
    }
    became: dict[str, set[str]] = defaultdict(set)
    content = _json(table)
    for province, wards in content["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, parts in wards.items():
            for part in parts:
                if part in old and (province, ward) in new:
                    became[old[part]].add(new[province, ward])
    for province, wards in content["DICT_PROVINCE_WARD_DIVIDED"].items():
        for part, targets in wards.items():
            for target in targets:
                if part in old and (province, target["newWardKey"]) in new:
                    became[old[part]].add(new[province, target["newWardKey"]])
    return {code: now for code, now in became.items() if code in lists.wards}


def _read_mergers(
    lists: _Lists, mergers: Iterable[Mapping[str, str]], second: Mapping[str, set[str]]
) -> set[str]:
    """Fills ``became`` from the words; gives the new wards of which a name was left open."""
    provinces: dict[str, set[str]] = defaultdict(set)
    home = {row[2]: row[3] for row in lists.rows if row[0] == "after"}
    for code, now in second.items():
        for target in now:
            provinces[home[target]].add(lists.wards[code][0])
    by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, (province, _, _, name) in lists.wards.items():
        by_name[province, fold(spoken(name))].append(code)
    left_open: set[str] = set()
    for entry in mergers:
        if entry["magoc"] == "0":
            continue
        kind, name = _kind_and_name(entry["ten"])
        own = lists.new_wards.get((entry["magoc"], spoken(f"{kind} {name}")))
        own = own or lists.new_wards.get((entry["magoc"], spoken(name))) or entry["ma"]
        parts = _parts(nfc(entry["truocsapnhap"]), name)
        found: list[list[str]] = []
        for part_kind, part_name, hint in parts:
            key = fold(spoken(part_name))
            codes = [c for p in sorted(provinces[entry["magoc"]]) for c in by_name[p, key]]
            found.append(_narrowed(lists, codes, part_kind, part_name, hint))
            if not codes:
                left_open.add(own)
        for codes in _by_neighbours(lists, own, found, second):
            for code in codes:
                lists.became[code].add(own)
    return left_open


def _parts(text: str, own_name: str) -> list[tuple[str | None, str, str | None]]:
    """Kind, name and district of each unit that the words name."""
    if text.strip().lower().startswith("giữ nguyên"):
        return [(None, own_name, None)]
    text = _AROUND.sub(" ", _LATER.sub(" ", text))
    parts = []
    for piece in re.split(r"[,;]|\bvà\b", text):
        tidy = " ".join(piece.split()).strip(" .()")
        tidy = re.sub(rf"(?i)^(?:phường|xã)\s+(?={_COMMUNE}\b)", "", tidy)
        tidy = tidy + ")" if tidy.count("(") > tidy.count(")") else tidy
        if tidy and (match := _NAMED.fullmatch(tidy)):
            parts.append((match[1] and match[1].lower(), match[2], match[3]))
    return parts


def _narrowed(
    lists: _Lists, codes: list[str], kind: str | None, name: str, hint: str | None
) -> list[str]:
    """The candidates that fit best: by spelling, kind and the district in brackets."""
    tests: list[Callable[[str], bool]] = [
        lambda code: spoken(lists.wards[code][3]) == spoken(name),
        lambda code: kind is None or lists.wards[code][2] == kind,
        lambda code: hint is None or fold(lists.districts[lists.wards[code][1]]) in fold(hint),
    ]
    for test in tests:
        codes = [code for code in codes if test(code)] or codes
    return codes


def _by_neighbours(
    lists: _Lists, own: str, found: list[list[str]], second: Mapping[str, set[str]]
) -> list[list[str]]:
    """Of candidates in several districts, those where the others lie; then the second account's."""
    sure = Counter(lists.wards[codes[0]][1] for codes in found if len(codes) == 1)
    if own in lists.wards:
        sure[lists.wards[own][1]] += 2
    settled = []
    for codes in found:
        if len(codes) > 1:
            most = max(sure[lists.wards[code][1]] for code in codes)
            codes = [code for code in codes if sure[lists.wards[code][1]] == most]
        if len(codes) > 1:
            codes = [code for code in codes if own in second.get(code, ())]
        settled.append(codes)
    return settled


def _settle(lists: _Lists, second: Mapping[str, set[str]], left_open: set[str]) -> None:
    """The second account for what the words leave open; prints what the two see differently."""
    for code, (_, district, kind, name) in sorted(lists.wards.items()):
        words, other = lists.became.get(code, set()), second.get(code, set())
        words |= other if not words else {target for target in other if target in left_open}
        if words != other:
            # Where names recur in the merged provinces, either may have taken one for the other.
            print(code, kind, name, lists.districts[district], sorted(words), sorted(other))
            words = words & other or words
        lists.became[code] = words


def _islands(lists: _Lists) -> None:
    """Island districts without wards became special zones of the same name."""
    zones = {
        spoken(name): code
        for place, kind, code, _, name in lists.rows
        if place == "after" and kind == "đặc khu"
    }
    peopled = {district for _, district, _, _ in lists.wards.values()}
    for place, kind, code, _, name in lists.rows:
        if place == "before" and kind == "huyện" and code not in peopled and spoken(name) in zones:
            lists.became[code].add(zones[spoken(name)])


if __name__ == "__main__":
    main()
