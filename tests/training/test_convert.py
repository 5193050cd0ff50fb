"""A traineddata file as ONNX: the same network, proved against Tesseract itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from dossiers.settings import ReadingSettings
from extractors.ctc import Alphabet
from extractors.engines.fast import FastEngine
from extractors.installed import LINE_MODEL, find_tessdata
from extractors.strips import HEIGHT, Strip
from tests.extractors.pictures import font
from training.alphabet import decode, encode
from training.convert import alphabet_of, as_int8, build, extended, load_alphabet, save
from training.network import read_recogniser
from training.traineddata import BadTraineddata, components, read_traineddata

LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015",
    "Số: 1234/QĐ-UBND, Hưng Yên, ngày 05 tháng 11 năm 2026",
    "Ông (Bà): Nguyễn Thị Phượng; sinh ngày 30/04/1975; 033075001234",
    "được sửa đổi, bổ sung một số điều theo Nghị định số 154/2020/NĐ-CP",
)


@pytest.fixture(scope="module")
def traineddata() -> Path:
    return find_tessdata(ReadingSettings()) / "vie.traineddata"


def line_image(text: str, face: ImageFont.FreeTypeFont | None = None) -> Image.Image:
    face = face or font(40)
    image = Image.new("L", (round(face.getlength(text)) + 40, 76), 255)
    ImageDraw.Draw(image).text((20, 54), text, font=face, fill=0, anchor="ls")
    return image


def as_tesseract_sees(image: Image.Image, height: int = HEIGHT) -> Strip:
    """The model's height, and the contrast of ``Input::PreparePixInput``: from the middle row."""
    width = round(image.width * height / image.height)
    pixels = np.asarray(image.resize((width, height), Image.Resampling.BOX))
    return Strip(pixels, height / image.height, 0.0)


def tesseract(path: Path, language: str) -> str:
    command = ["tesseract", str(path), "-", "-l", language, "--psm", "13"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


def converted(traineddata: Path, path: Path, *, int8: bool) -> FastEngine:
    data = read_traineddata(traineddata)
    recogniser = read_recogniser(data.network)
    model = build(recogniser)
    save(as_int8(model) if int8 else model, alphabet_of(data, recogniser), path, {})
    return FastEngine(path, language=None)


@pytest.mark.parametrize("int8", [False, True])
def test_the_converted_model_reads_lines_as_tesseract_does(
    tmp_path: Path, traineddata: Path, int8: bool
) -> None:
    engine = converted(traineddata, tmp_path / "vie.onnx", int8=int8)
    edits = length = 0
    for text in LINES:
        image = line_image(text)
        image.save(tmp_path / "line.png")
        theirs = tesseract(tmp_path / "line.png", "vie")
        (words,) = engine.read([as_tesseract_sees(image)])
        ours = " ".join("".join(character.text for character in word) for word in words)
        edits += Levenshtein.distance(ours, theirs)
        length += len(theirs)
    # Tesseract decodes with its dictionary, we take the likeliest class: a few letters differ.
    assert edits / length < 0.03


def test_characters_spelt_by_several_classes_are_read(tmp_path: Path, traineddata: Path) -> None:
    korean = traineddata.with_name("kor.traineddata")
    engine = converted(korean, tmp_path / "kor.onnx", int8=False)
    face = ImageFont.truetype("/usr/share/fonts/truetype/nanum/NanumMyeongjo.ttf", 40)
    image = line_image("대한민국 정부는 모든 국민에게 평등한 권리를 보장한다", face)
    image.save(tmp_path / "line.png")
    (words,) = engine.read([as_tesseract_sees(image, height=48)])
    ours = " ".join("".join(character.text for character in word) for word in words)
    assert Levenshtein.distance(ours, tesseract(tmp_path / "line.png", "kor")) <= 1
    for word in words:
        edges = [edge for character in word for edge in (character.start, character.end)]
        assert edges == sorted(edges)


def test_batches_do_not_change_what_a_line_reads(traineddata: Path) -> None:
    engine = FastEngine(language=None)
    strips = [as_tesseract_sees(line_image(text)) for text in LINES]
    alone = [engine.read([strip])[0] for strip in strips]
    together = engine.read(strips)
    for one, other in zip(alone, together, strict=True):
        assert [[c.text for c in word] for word in one] == [
            [c.text for c in word] for word in other
        ]


def test_words_and_characters_are_read_whole(traineddata: Path) -> None:
    data = read_traineddata(traineddata)
    assert {"tỉnh", "nghị", "quyết"} <= set(data.words)
    assert " " in data.characters
    assert len(data.characters) == len(data.codes)


def test_our_alphabet_writes_what_tesseracts_lacks(traineddata: Path) -> None:
    data = read_traineddata(traineddata)
    theirs = alphabet_of(data, read_recogniser(data.network))
    ours = load_alphabet(traineddata)
    assert encode(theirs, "kỵ") is None
    assert encode(ours, "kỵ 12 m²") is not None
    assert extended(ours).classes == ours.classes


def test_leaders_are_passed_over_and_signs_brought_to_one_form(traineddata: Path) -> None:
    alphabet = load_alphabet(traineddata)
    written = encode(alphabet, "Họ tên: ....... Lan ………… ‘a’")
    assert written is not None
    assert decode(alphabet, written) == "Họ tên: Lan 'a'"
    assert encode(Alphabet(("", "a"), 0), "b") is None


def test_the_shipped_model_knows_its_alphabet(traineddata: Path) -> None:
    session = onnxruntime.InferenceSession(LINE_MODEL, providers=["CPUExecutionProvider"])
    engine = FastEngine()
    assert session.get_outputs()[0].shape[-1] == len(engine.alphabet.classes)
    assert engine.alphabet.classes == load_alphabet(traineddata).classes
    assert LINE_MODEL.stat().st_size < 10_000_000


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 400_000), flip=st.integers(0, 3_000), value=st.integers(0, 255))
def test_broken_files_are_told(
    tmp_path: Path, traineddata: Path, cut: int, flip: int, value: int
) -> None:
    data = bytearray(traineddata.read_bytes())
    data[flip] = value
    path = tmp_path / "broken.traineddata"
    path.write_bytes(bytes(data[:cut] if cut < 200_000 else data))
    try:
        found = read_traineddata(path)
        build(read_recogniser(found.network))
    except (BadTraineddata, UnicodeDecodeError, ValueError):
        pass


def test_no_container_is_no_model() -> None:
    with pytest.raises(BadTraineddata):
        components(b"\x00" * 100)
