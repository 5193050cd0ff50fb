"""Pictures of signatures and seals: what is taken, what is refused and why."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dossiers.errors import UnfitPicture
from signing.pictures import MOST_BYTES, PictureKind, load_picture
from tests.signing.ink import BLUE, RED, seal_picture, signature_picture


def test_a_seal_is_cut_to_its_ring(tmp_path: Path) -> None:
    loaded = load_picture(seal_picture(tmp_path / "seal.png", 850), PictureKind.SEAL)
    assert loaded.image.mode == "RGBA"
    assert loaded.image.size == pytest.approx((680, 680), abs=4)
    assert loaded.aspect == pytest.approx(1, abs=0.01)


def test_a_palette_with_transparency_does_too(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    Image.open(signature_picture(path)).quantize(16).save(path)
    assert load_picture(path, PictureKind.SIGNATURE).aspect > 1.5


def _picture(path: Path, how: str) -> Path:
    if how == "opaque":
        Image.new("RGB", (400, 400), RED[:3]).save(path)
    elif how == "opaque alpha":
        Image.new("RGBA", (400, 400), RED).save(path)
    elif how == "empty":
        Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(path)
    elif how == "jpeg":
        Image.new("RGB", (400, 400), RED[:3]).save(path, "JPEG")
    elif how == "tiny":
        seal_picture(path, 60)
    elif how == "blue seal":
        seal_picture(path, colour=BLUE)
    elif how == "not round":
        Image.open(seal_picture(path)).resize((850, 500)).save(path)
    elif how == "cut short":
        path.write_bytes(seal_picture(path).read_bytes()[:2000])
    elif how == "50 MB":
        with path.open("wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            file.truncate(50 * 1024 * 1024)
    elif how == "bomb":
        path.write_bytes(_bomb(50_000, 50_000))
    elif how == "small bomb":
        path.write_bytes(_bomb(5_000, 5_000))
    return path


def _bomb(width: int, height: int) -> bytes:
    """A PNG that claims many pixels in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    magic = b"\x89PNG\r\n\x1a\n"
    return magic + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("opaque", "not transparent"),
        ("opaque alpha", "not transparent"),
        ("empty", "nothing is drawn"),
        ("jpeg", "not a PNG"),
        ("tiny", "pixels of ink"),
        ("blue seal", "must be red"),
        ("not round", "not round"),
        ("cut short", "damaged PNG"),
        ("50 MB", "50.0 MB"),
        ("bomb", "16,000,000 pixels"),
        ("small bomb", "16,000,000 pixels"),
        ("missing", "cannot be read"),
    ],
)
def test_unfit_pictures_are_named_with_their_fault(tmp_path: Path, how: str, why: str) -> None:
    path = _picture(tmp_path / "picture.png", how)
    with pytest.raises(UnfitPicture, match=why) as caught:
        load_picture(path, PictureKind.SEAL)
    assert "picture.png" in str(caught.value)


def test_a_red_signature_is_refused(tmp_path: Path) -> None:
    path = signature_picture(tmp_path / "s.png", colour=RED)
    with pytest.raises(UnfitPicture, match="must be blue"):
        load_picture(path, PictureKind.SIGNATURE)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_spoiled_picture_is_taken_or_refused_but_never_a_crash(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "s.png"
    if not path.exists():
        signature_picture(path)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    spoiled = tmp_path / "spoiled.png"
    spoiled.write_bytes(content)
    assert len(content) < MOST_BYTES
    try:
        load_picture(spoiled, PictureKind.SIGNATURE)
    except UnfitPicture:
        return
