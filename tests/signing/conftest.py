"""One PKI a session, and small PDF/A files to sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest

from copies.conformance import Validator
from dossiers.dossier import Agency, FormOfCopy
from dossiers.settings import SigningSettings
from signing.appearance import Appearance
from signing.keys import Signatories, load_signatories
from tests.signing.issuing import Authority

AGENCY = Agency("H31", "UBND xã Văn Giang")
MOMENT = dt.datetime(2026, 11, 23, 2, 5, 7, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def pki_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pki")


@pytest.fixture(scope="session")
def signatories(pki_folder: Path) -> Signatories:
    return load_signatories(SigningSettings(), pki_folder, AGENCY)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture(scope="session")
def vera() -> Iterator[Validator]:
    with Validator() as validator:
        yield validator


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def appearance() -> Appearance:
    return Appearance(FormOfCopy.TRUE_COPY, AGENCY.name, MOMENT)


def blank_pdfa(
    path: Path,
    rotate: int = 0,
    size: tuple[float, float] = (595, 842),
    crop: tuple[float, float, float, float] | None = None,
    ink: bytes = b"",
) -> Path:
    """A PDF/A-3b of one page that holds nothing but the given drawing."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=size)
        page.obj.Rotate = rotate
        if crop:
            page.obj.CropBox = pikepdf.Array(list(crop))
        page.obj.Contents = pdf.make_stream(ink)
        pikepdf.pdfa.save(pdf, path, "3b", output_intent="sRGB")
    return path
