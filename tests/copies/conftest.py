"""One warm veraPDF for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copies.conformance import Validator


@pytest.fixture(scope="session")
def validator() -> Iterator[Validator]:
    with Validator() as warm:
        yield warm
