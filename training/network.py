"""Tesseract's serialised network as plain layers (``network.cpp``, ``lstm.cpp``, ``weightmatrix.cpp``).

A trained network is a tree of series of a few kinds of layers. Weights of integer models are given
back as the real numbers they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.traineddata import BadTraineddata, Cursor

Matrix = npt.NDArray[np.float32]

_INTEGER, _DOUBLE = 1, 128  # flags of a weight matrix
_LAYER_LEARNING_RATES = 64  # flag of a network
_TRAINING = 1
_MOST_DEPTH = 32

# ``enum NetworkType``, for files that give the kind as a number.
_KINDS = (
    *("Invalid", "Input", "Convolve", "Maxpool", "Parallel", "Replicated", "ParBidiLSTM"),
    *("DepParUDLSTM", "Par2dLSTM", "Series", "Reconfig", "RTLReversed", "TTBReversed"),
    *("XYTranspose", "LSTM", "SummLSTM", "Logistic", "LinLogistic", "LinTanh", "Tanh", "Relu"),
    *("Linear", "Softmax", "SoftmaxNoCTC", "LSTMSoftmax", "LSTMBinarySoftmax", "TensorFlow"),
)
_SERIES = {"Series", "Parallel", "RTLReversed", "TTBReversed", "XYTranspose"}
_LSTMS = {"LSTM", "SummLSTM"}
_FULL = {"Logistic", "LinLogistic", "LinTanh", "Tanh", "Relu", "Linear", "Softmax", "SoftmaxNoCTC"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One node of the tree.

    ``weights`` of a full layer is one matrix (outputs, inputs + 1), its last column the bias; of an
    LSTM four of them (cell input, input, forget and output gate), their inputs the layer's and then
    its own last output. ``size`` is (x, y): half-widths of a convolution's window, or the strides.
    """

    kind: str
    name: str
    inputs: int
    outputs: int
    layers: tuple[Layer, ...] = ()
    weights: tuple[Matrix, ...] = ()
    size: tuple[int, int] = (0, 0)
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A whole model: its tree, its specification in VGSL, and the class that stands for no text."""

    network: Layer
    specification: str
    null: int


def read_recogniser(data: bytes) -> Recogniser:
    """The ``lstm`` component of a traineddata file.

    Raises:
        BadTraineddata: cut short, a training checkpoint, or a kind of layer not known.
    """
    cursor = Cursor(data)
    network = _layer(cursor, 0)
    specification = cursor.text()
    *_, null = cursor.integers("4i")  # training flags, iteration, sample iteration, null
    return Recogniser(network, specification, null)


def _layer(cursor: Cursor, depth: int) -> Layer:
    if depth > _MOST_DEPTH:
        raise BadTraineddata("layers nested too deep")
    number = cursor.integer("b")
    if number and not 0 < number < len(_KINDS):
        raise BadTraineddata(f"layer kind {number} is not known")
    kind = _KINDS[number] if number else cursor.text()
    training, _ = cursor.integers("bb")
    flags, inputs, outputs, _ = cursor.integers("4i")
    name = cursor.text()
    if training == _TRAINING:
        raise BadTraineddata("a training checkpoint; stop_training makes a model of it")
    if kind in _SERIES:
        layers = tuple(_layer(cursor, depth + 1) for _ in range(cursor.integer("I")))
        if flags & _LAYER_LEARNING_RATES:
            cursor.array("<f4", cursor.integer("I"))
        return Layer(kind, name, inputs, outputs, layers=layers)
    if kind == "Input":
        return Layer(kind, name, inputs, outputs, shape=cursor.integers("5i"))
    if kind in ("Convolve", "Maxpool", "Reconfig"):
        x, y = cursor.integers("2i")
        return Layer(kind, name, inputs, outputs, size=(x, y))
    if kind in _LSTMS:
        cursor.integer()  # inputs of a gate: follows from the matrices
        weights = tuple(_weights(cursor) for _ in range(4))
        if weights[0].shape[1] != inputs + outputs + 1:
            raise BadTraineddata(f"{name}: two-dimensional LSTM is not supported")
        return Layer(kind, name, inputs, outputs, weights=weights)
    if kind in _FULL:
        return Layer(kind, name, inputs, outputs, weights=(_weights(cursor),))
    raise BadTraineddata(f"layer kind {kind!r} is not supported")


def _weights(cursor: Cursor) -> Matrix:
    mode = cursor.integer("B")
    if not mode & _DOUBLE:
        raise BadTraineddata("weights in the format of Tesseract 4 alpha")
    rows, columns = cursor.integers("II")
    if mode & _INTEGER:
        cursor.integer("b")  # the matrix's filler
        weights = cursor.array("<i1", rows * columns).reshape(rows, columns).astype(np.float64)
        scales = cursor.array("<f8", cursor.integer("I"))[:rows]
        return np.asarray(weights * scales[:, None], np.float32)
    cursor.take(8)
    return cursor.array("<f8", rows * columns).reshape(rows, columns).astype(np.float32)
