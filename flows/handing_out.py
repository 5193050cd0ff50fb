"""Files handed to whoever asked for them: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path


def check_writable(out: Path) -> None:
    """Find out, before anything is done that cannot be undone, that ``out`` can be written.

    Raises:
        OSError: it cannot.
    """
    trial = out.with_name(f".{out.name}.{secrets.token_hex(6)}")
    trial.touch()
    trial.unlink()


def hand_out(path: Path, out: Path) -> None:
    """Atomically: beside the target, on the disk, then under its name."""
    partial = out.with_name(f".{out.name}.{secrets.token_hex(6)}")
    try:
        shutil.copyfile(path, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
