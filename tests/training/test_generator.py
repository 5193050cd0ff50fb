"""The lines the model is trained on: reproducible, legible, and cut as pages are read."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from dossiers.settings import ReadingSettings
from extractors.engines.fast import FastEngine
from extractors.installed import find_tessdata
from extractors.strips import HEIGHT, Strip
from training import shards
from training.alphabet import decode, encode
from training.convert import load_alphabet
from training.scanning import scan, strips_of
from training.shards import Shard, make_shard
from training.texts import PHRASES, Texts
from training.typesetting import Fonts, set_block

PARAGRAPHS = [
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015 và các quy định.",
    "Ủy ban nhân dân tỉnh Hưng Yên quyết định ban hành quy chế phối hợp giữa các sở, ban, ngành.",
] * 3


def generated(seed: int, blocks: int = 3) -> list[tuple[np.ndarray, str]]:
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    texts, fonts = Texts(chance, PARAGRAPHS), Fonts()
    found = []
    for _ in range(blocks):
        canvas, lines = set_block(texts, fonts, chance)
        found += strips_of(*scan(canvas, lines, chance, noise), chance)
    return found


def test_the_same_seed_gives_the_same_lines() -> None:
    one, other = generated(4), generated(4)
    assert [text for _, text in one] == [text for _, text in other]
    assert all((a == b).all() for (a, _), (b, _) in zip(one, other, strict=True))
    assert [text for _, text in generated(5)] != [text for _, text in one]


def test_most_generated_lines_can_be_read() -> None:
    alphabet = load_alphabet(find_tessdata(ReadingSettings()) / "vie.traineddata")
    engine = FastEngine(language=None)
    right = total = 0
    for pixels, text in generated(11, blocks=6):
        label = encode(alphabet, text)
        if not label:
            continue
        (words,) = engine.read([Strip(pixels, 1.0, 0.0)])
        read = " ".join("".join(c.text for c in word) for word in words)
        total += 1
        right += read == " ".join(decode(alphabet, label).split())
    assert total > 30
    assert right / total > 0.6


def test_phrases_can_all_be_written() -> None:
    alphabet = load_alphabet(find_tessdata(ReadingSettings()) / "vie.traineddata")
    unknown = [p for kind in PHRASES.values() for p in kind if encode(alphabet, p) is None]
    assert unknown == []


def test_a_shard_is_made_once_and_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "LINES", 30)
    text = tmp_path / "text.txt"
    text.write_text("\n".join(PARAGRAPHS), encoding="utf-8")
    alphabet = load_alphabet(find_tessdata(ReadingSettings()) / "vie.traineddata")
    path = make_shard(text, tmp_path, 1, 0, alphabet)
    stamp = path.stat().st_mtime_ns
    assert make_shard(text, tmp_path, 1, 0, alphabet) == path
    assert path.stat().st_mtime_ns == stamp
    shard = Shard(path)
    assert len(shard) >= 30
    assert shard.strip(0).shape == (HEIGHT, shard.widths[0])
    assert all(len(shard.label(n)) == shard.lengths[n] for n in range(len(shard)))


def test_torch_gives_what_onnx_gives(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="only needed to train: docs/training.md")
    import onnxruntime

    from training.convert import build
    from training.torch_network import LineNetwork, trained
    from training.train import start_point

    recogniser, _ = start_point(find_tessdata(ReadingSettings()) / "vie.traineddata")
    network = LineNetwork(recogniser).eval()
    model = build(trained(recogniser, network))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    strips = np.random.default_rng(0).uniform(-1, 1, (3, 1, HEIGHT, 90)).astype(np.float32)
    steps = np.array([30, 22, 9], np.int32)
    (ours,) = session.run(None, {"strips": strips, "steps": steps})
    with torch.no_grad():
        theirs = network(torch.from_numpy(strips), torch.from_numpy(steps).long()).softmax(-1)
    for line, count in enumerate(steps):
        assert np.abs(ours[:count, line] - theirs[:count, line].numpy()).max() < 1e-4
