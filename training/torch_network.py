"""The recogniser in PyTorch: made from Tesseract's weights, trained, and taken back out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from extractors.ctc import Alphabet
from training.alphabet import NEAREST
from training.network import Layer, Matrix, Recogniser
from training.traineddata import BadTraineddata

SPECIFICATION = "[1,36,0,1Ct3,3,16Mp3,3Lfys48Lfx96Lrx96Lfx192O1c1]"


class LineNetwork(nn.Module):
    """The network of Tesseract's "fast" models; its sizes are those of the model given.

    Takes strips (lines, 1, 36, width) and steps (lines,), gives logits (time, lines, classes).
    """

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__()
        if recogniser.specification != SPECIFICATION:
            raise BadTraineddata(f"{recogniser.specification} is trained by no code here")
        layers = _by_name(recogniser.network)
        window = layers["ConvNL"].weights[0]
        count = window.shape[0]
        self.conv = nn.Conv2d(1, count, 3, padding=1)
        kernel = window[:, :-1].reshape(count, 3, 3, 1).transpose(0, 3, 2, 1)
        _put(self.conv.weight, kernel)
        _put(self.conv.bias, window[:, -1])
        self.columns = _lstm(layers["Lfys48"])
        self.first = _lstm(layers["Lfx96"])
        self.back = _lstm(layers["Lrx96"])
        self.last = _lstm(layers["Lfx192"])
        output = layers["Output"]
        self.full = nn.Linear(output.inputs, output.outputs)
        _put(self.full.weight, output.weights[0][:, :-1])
        _put(self.full.bias, output.weights[0][:, -1])

    def forward(self, strips: Tensor, steps: Tensor) -> Tensor:
        """Logits."""
        maps = torch.tanh(functional.max_pool2d(self.conv(strips), 3, 3))
        lines, channels, height, time = maps.shape
        columns = maps.permute(2, 3, 0, 1).reshape(height, time * lines, channels)
        _, (summed, _) = self.columns(columns)
        sequence, _ = self.first(summed.reshape(time, lines, -1))
        turned = _reversed(sequence, steps)
        sequence = _reversed(self.back(turned)[0], steps)
        return self.full(self.last(sequence)[0])


def _reversed(sequence: Tensor, steps: Tensor) -> Tensor:
    """Each line backwards over its own steps, the padding after it left in place."""
    time = torch.arange(sequence.shape[0])[:, None]
    index = torch.where(time < steps[None], steps[None] - 1 - time, time)
    return sequence.gather(0, index[:, :, None].expand(-1, -1, sequence.shape[2]))


def _by_name(layer: Layer) -> dict[str, Layer]:
    found = {layer.name: layer}
    for inner in layer.layers:
        found |= _by_name(inner)
    return found


def _put(parameter: Tensor, array: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.ascontiguousarray(array, np.float32)))


# PyTorch orders the gates input, forget, cell, output; Tesseract cell, input, forget, output.
_TO_TORCH = (1, 2, 0, 3)
_FROM_TORCH = (2, 0, 1, 3)


def _lstm(layer: Layer) -> nn.LSTM:
    lstm = nn.LSTM(layer.inputs, layer.outputs)
    gates = np.concatenate([layer.weights[place] for place in _TO_TORCH])
    _put(lstm.weight_ih_l0, gates[:, : layer.inputs])
    _put(lstm.weight_hh_l0, gates[:, layer.inputs : -1])
    _put(lstm.bias_ih_l0, gates[:, -1])
    lstm.bias_hh_l0.data.zero_()
    lstm.bias_hh_l0.requires_grad_(False)  # noqa: FBT003 - torch's signature
    return lstm


def with_classes(recogniser: Recogniser, alphabet: Alphabet) -> Recogniser:
    """The recogniser with an output for each class the alphabet has more, drawn from the nearest."""

    def grow(layer: Layer) -> Layer:
        if layer.name != "Output":
            return replace(layer, layers=tuple(grow(inner) for inner in layer.layers))
        weights = layer.weights[0]
        rows = [weights]
        for text in alphabet.classes[layer.outputs :]:
            row = weights[alphabet.classes.index(NEAREST[text])].copy()
            row[-1] -= 3.0  # rarer than what it looks like, until trained
            rows.append(row[None])
        grown = np.concatenate(rows)
        return replace(layer, outputs=len(grown), weights=(grown,))

    return replace(recogniser, network=grow(recogniser.network))


def trained(recogniser: Recogniser, network: LineNetwork) -> Recogniser:
    """The recogniser with the network's weights in place of its own."""
    lstms = {
        "Lfys48": network.columns,
        "Lfx96": network.first,
        "Lrx96": network.back,
        "Lfx192": network.last,
    }

    def refill(layer: Layer) -> Layer:
        if layer.name == "ConvNL":
            kernel = _take(network.conv.weight).transpose(0, 3, 2, 1)
            flat = kernel.reshape(len(kernel), -1)
            return replace(layer, weights=(np.hstack([flat, _take(network.conv.bias)[:, None]]),))
        if layer.name in lstms:
            return replace(layer, weights=_gates(lstms[layer.name]))
        if layer.name == "Output":
            both = _take(network.full.weight), _take(network.full.bias)[:, None]
            return replace(layer, weights=(np.hstack(both),))
        return replace(layer, layers=tuple(refill(inner) for inner in layer.layers))

    return replace(recogniser, network=refill(recogniser.network))


def _take(parameter: Tensor) -> Matrix:
    return parameter.detach().numpy().astype(np.float32)


def _gates(lstm: nn.LSTM) -> tuple[Matrix, ...]:
    bias = _take(lstm.bias_ih_l0) + _take(lstm.bias_hh_l0)
    whole = np.hstack([_take(lstm.weight_ih_l0), _take(lstm.weight_hh_l0), bias[:, None]])
    gates = np.split(whole, 4)
    return tuple(gates[place] for place in _FROM_TORCH)
