"""A one-time password, typed at a real terminal while several documents wait for one consent."""

from __future__ import annotations

import os
import pty
import select
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import SOHOA, run_sohoa
from tests.servers.csc import CLIENT, SECRET, csc_server
from tests.signing.conftest import blank_pdfa
from tests.signing.issuing import Authority


def at_terminal(
    arguments: list[str | Path], environment: dict[str, str], answer: Callable[[str], str | None]
) -> tuple[int, str]:
    """Run the program as a person would who answers what the screen asks; exit code and screen.

    Hidden input typed before the blank behind its prompt is thrown away by the terminal.
    """
    child, terminal = pty.fork()
    if child == 0:
        words = [str(SOHOA), *map(str, arguments)]
        os.execve(SOHOA, words, {**os.environ, **environment})  # noqa: S606 - no shell wanted
    screen, answered = "", 0
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            read = os.read(terminal, 4096)
        except OSError:  # the program has ended
            break
        if not read:
            break
        screen += read.decode(errors="replace")
        typed = answer(screen[answered:])
        if typed is not None:
            answered = len(screen)
            os.write(terminal, f"{typed}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), screen


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    return [blank_pdfa(tmp_path / f"{number}.pdf") for number in range(3)]


def test_one_password_typed_signs_a_whole_batch(tmp_path: Path, pages: list[Path]) -> None:
    authority, home = Authority.new(), tmp_path / "var"
    with csc_server(authority) as service:
        service.add("k", "p256", phone=False, otp="135246", otp_sent=True)
        settings = {
            "SOHOA_HOME": str(home),
            "SOHOA_SIGNING__CHAIN": '["agency"]',
            "SOHOA_SIGNING__TRUST_ROOTS": f'["{authority.write_root(tmp_path)}"]',
            "SOHOA_SIGNING__AGENCY__KIND": "csc",
            "SOHOA_SIGNING__AGENCY__URL": service.url("v2"),
            "SOHOA_SIGNING__AGENCY__CLIENT_ID": CLIENT,
            "SOHOA_SIGNING__AGENCY__CLIENT_SECRET": SECRET,
        }
        command = ["sign", *pages, "--to", tmp_path / "signed"]
        code, screen = at_terminal(
            command, settings, lambda told: "135246" if "Nhập Mã SMS: " in told else None
        )
        assert code == 0, screen
        assert "Ký từ xa k ký 3 văn bản tại 127.0.0.1" in screen
        assert "Mã giao dịch 4711" in screen
        assert "135246" not in screen
        assert len(service.asked("credentials/authorize")) == 1
        assert len(list((tmp_path / "signed").iterdir())) == 3
        # Nobody sits at the keyboard of a service that runs by itself.
        alone = run_sohoa(home, *command, SOHOA_LANGUAGE="en", **settings)
        assert alone.returncode == 2
        assert "needs an OTP typed in" in alone.stderr
