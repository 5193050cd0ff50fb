"""The intake folder as operators use it: what is in it, and where things go when they are done."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dossiers.errors import InvalidIdentifier
from dossiers.identifiers.agency import AgencyCode
from flows.stability import READY_MARKER, Snapshot

DONE, DUPLICATE, REJECTED = "done", "duplicate", "rejected"
_OURS = frozenset({DONE, DUPLICATE, REJECTED})

_LITTER = re.compile(
    r"""^(?:
      Thumbs\.db|desktop\.ini            # Windows Explorer
    | \.DS_Store|\._.*                   # macOS
    | @eaDir                             # Synology NAS
    | \#recycle|\.recycle                # NAS recycle bins
    | ~\$.*                              # Office lock files
    | .*\.(?:part|partial|tmp|crdownload|filepart)   # copies under way
    | \..*                               # hidden files, but for the marker
    )$""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class DossierFolder:
    """One dossier waiting to be taken in.

    ``path`` is its folder, or the file itself for a paper dropped loose. ``inside`` tells whether it
    lies in the intake folder, from which things are moved when done; elsewhere they are left alone.
    """

    path: Path
    agency: str | None
    inside: bool

    def files(self) -> list[Path]:
        """Its files by name, without litter and markers; links are listed, to be refused."""
        if not self.path.is_dir() or self.path.is_symlink():
            return [self.path] if os.path.lexists(self.path) else []
        return sorted(_files(self.path))

    def snapshot(self) -> Snapshot:
        """What the stability tracker compares."""
        found: dict[Path, tuple[int, int]] = {}
        every = [self.path] if not self.path.is_dir() else [*self.files(), self.path / READY_MARKER]
        for path in every:
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            found[path] = status.st_size, status.st_mtime_ns
        return found


def is_litter(name: str) -> bool:
    """Whether a file is left behind by a program and is no paper."""
    return _LITTER.match(name) is not None


def find_dossiers(root: Path) -> list[DossierFolder]:
    """The dossiers in the intake folder: ``agency/dossier/files``, ``dossier/files`` or loose files."""
    if not root.is_dir():
        return []
    return list(_in_root(root))


def named_dossiers(path: Path, root: Path) -> list[DossierFolder]:
    """The dossiers that a path given by a person names.

    A folder with files is a dossier; a folder of folders is looked through like the intake folder.
    """
    path, root = path.absolute(), root.absolute()
    if path == root:
        return find_dossiers(root)
    inside = path.is_relative_to(root)
    agency = _agency(path.parent.name) if inside or path.is_dir() else None
    if path.is_dir() and not any(_files(path, deep=False)):
        found = list(_in_root(path)) if _agency(path.name) is None else list(_in_agency(path))
        return [DossierFolder(dossier.path, dossier.agency, inside) for dossier in found]
    return [DossierFolder(path, agency, inside)]


def _in_root(root: Path) -> Iterator[DossierFolder]:
    for entry in sorted(root.iterdir()):
        if entry.name in _OURS or is_litter(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            if _agency(entry.name):
                yield from _in_agency(entry)
            else:
                yield DossierFolder(entry, None, inside=True)
        else:
            yield DossierFolder(entry, None, inside=True)


def _in_agency(folder: Path) -> Iterator[DossierFolder]:
    agency = _agency(folder.name)
    for entry in sorted(folder.iterdir()):
        if not is_litter(entry.name) and entry.suffix.lower() != ".csv":
            yield DossierFolder(entry, agency, inside=True)


def _agency(name: str) -> str | None:
    try:
        return str(AgencyCode.parse(name))
    except InvalidIdentifier:
        return None


def _files(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    for entry in folder.iterdir():
        if is_litter(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            if deep:
                yield from _files(entry)
        else:
            yield entry


def put_away(source: Path, root: Path, outcome: str) -> Path:
    """Move a file under ``root/outcome``, keeping its path below the root; never over another.

    Raises:
        FileNotFoundError: it is gone (another process was quicker).
    """
    below = source.relative_to(root) if source.is_relative_to(root) else Path(source.name)
    wanted = root / outcome / below
    wanted.parent.mkdir(parents=True, exist_ok=True)
    target, number = wanted, 1
    while os.path.lexists(target):
        number += 1
        target = wanted.with_stem(f"{wanted.stem} ({number})")
    source.rename(target)
    return target


def tidy(folder: DossierFolder) -> None:
    """Remove the marker and the folders that are left empty."""
    if not folder.path.is_dir() or not folder.inside:
        return
    (folder.path / READY_MARKER).unlink(missing_ok=True)
    for path, _, _ in os.walk(folder.path, topdown=False):
        try:
            Path(path).rmdir()
        except OSError:
            return  # something is in it still: litter, or a file that came meanwhile
