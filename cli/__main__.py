"""Starts the program: ``sohoa``, or ``python -m cli``."""

from __future__ import annotations


def main() -> None:
    """Run :func:`cli.main.main`.

    It is imported only here: reading processes import the module that a program was started from, and
    have no use for its commands.
    """
    from cli.main import main as run

    run()


if __name__ == "__main__":
    main()
