"""A Tesseract model as ONNX, with its alphabet inside.

    python -m training.convert vie.traineddata -o vie.onnx [--int8] [--words words.txt]

The graph takes ``strips`` (lines, 1, height, width) float32, ink -1 to paper +1, and ``steps`` (lines,)
int32, how many time steps of each strip are real (width / 3); it gives ``probabilities`` (steps,
lines, classes). The height is 36, of Chinese and Korean 48. The alphabet is the model's metadata
``alphabet``: ``{"classes": [text, ...], "null": n, "spelt": [[[class, ...], text], ...]}``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from extractors.ctc import Alphabet
from training.alphabet import ADDED
from training.network import Layer, Recogniser, read_recogniser
from training.traineddata import BadTraineddata, Traineddata, read_traineddata

_ACTIVATIONS = {"Tanh": "Tanh", "Logistic": "Sigmoid", "Relu": "Relu", "Linear": "Identity"}
_OPSET = 17
_IR = 9


class Graph:
    """ONNX nodes as they are added; names are the caller's business only where they leave here."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, array: npt.NDArray[np.generic]) -> str:
        """An initialiser."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: list[str], output: int = 0, **attributes: object) -> str:
        """A node; the name of its ``output``-th output, the others unused."""
        name = f"n{len(self.nodes)}"
        outputs = [""] * output + [name]
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return name


def build(recogniser: Recogniser) -> onnx.ModelProto:
    """The network as an ONNX model.

    Raises:
        BadTraineddata: it has layers in an order no line recogniser of Tesseract has.
    """
    layers = _flat(recogniser.network)
    if not layers or layers[0].kind != "Input":
        raise BadTraineddata("the network does not begin with its input")
    _, height, _, depth, _ = layers[0].shape
    if depth != 1 or height <= 0:
        raise BadTraineddata("only grey lines of one height are read")
    graph = Graph()
    name, height, rest = _pictures(graph, layers[1:], height)
    classes = rest[-1].outputs
    name = _sequence(graph, name, height, rest)
    graph.nodes[-1].output[0] = "probabilities"
    strips = helper.make_tensor_value_info(
        "strips", onnx.TensorProto.FLOAT, ["lines", 1, layers[0].shape[1], "width"]
    )
    steps = helper.make_tensor_value_info("steps", onnx.TensorProto.INT32, ["lines"])
    result = helper.make_tensor_value_info(
        "probabilities", onnx.TensorProto.FLOAT, ["time", "lines", classes]
    )
    model = helper.make_model(
        helper.make_graph(graph.nodes, "lines", [strips, steps], [result], graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="sohoa",
    )
    onnx.checker.check_model(model)
    return model


def _flat(layer: Layer) -> list[Layer]:
    if layer.kind == "Series":
        return [leaf for inner in layer.layers for leaf in _flat(inner)]
    return [layer]


def _pictures(graph: Graph, layers: list[Layer], height: int) -> tuple[str, int, list[Layer]]:
    """Convolutions and poolings, up to the layer that sums columns up."""
    name = "strips"
    index = 0
    while index < len(layers) and layers[index].kind in ("Convolve", "Maxpool"):
        layer = layers[index]
        if layer.kind == "Maxpool":
            x, y = layer.size
            name = graph.node("MaxPool", [name], kernel_shape=[y, x], strides=[y, x])
            height //= y
            index += 1
            continue
        full = layers[index + 1] if index + 1 < len(layers) else None
        if full is None or full.kind not in _ACTIVATIONS:
            raise BadTraineddata("a convolution without its full layer")
        name = _convolution(graph, name, layer, full)
        index += 2
        # All of these rise with their input, so the greatest may be picked first: a ninth of them.
        if index < len(layers) and layers[index].kind == "Maxpool":
            x, y = layers[index].size
            name = graph.node("MaxPool", [name], kernel_shape=[y, x], strides=[y, x])
            height //= y
            index += 1
        name = graph.node(_ACTIVATIONS[full.kind], [name])
    return name, height, layers[index:]


def _convolution(graph: Graph, name: str, window: Layer, full: Layer) -> str:
    half_x, half_y = window.size
    wide, high = 2 * half_x + 1, 2 * half_y + 1
    weights = full.weights[0]
    # Tesseract stacks the window column by column, channels innermost.
    kernel = weights[:, :-1].reshape(full.outputs, wide, high, window.inputs)
    return graph.node(
        "Conv",
        [name, graph.constant(kernel.transpose(0, 3, 2, 1)), graph.constant(weights[:, -1])],
        pads=[half_y, half_x, half_y, half_x],
    )


def _sequence(graph: Graph, name: str, height: int, layers: list[Layer]) -> str:
    """From (lines, channels, height, time) to (time, lines, classes)."""
    summary, *rest = layers
    if summary.kind != "XYTranspose" or summary.layers[0].kind != "SummLSTM":
        raise BadTraineddata(f"columns are not summed up by an LSTM but by {summary.kind}")
    inner = summary.layers[0]
    turned = graph.node("Transpose", [name], perm=[2, 3, 0, 1])
    shape = graph.node("Shape", [turned])
    middle = graph.constant(np.array([1])), graph.constant(np.array([3]))
    time_and_lines = graph.node("Slice", [shape, *middle])
    columns = graph.node(
        "Reshape", [turned, graph.constant(np.array([height, -1, inner.inputs], np.int64))]
    )
    last = _lstm(graph, columns, inner, steps="", output=1)
    wanted = graph.node(
        "Concat", [time_and_lines, graph.constant(np.array([inner.outputs]))], axis=0
    )
    name = graph.node("Reshape", [last, wanted])
    for layer in rest:
        backwards = layer.kind == "RTLReversed"
        inner = layer.layers[0] if backwards else layer
        if inner.kind == "LSTM":
            direction = "reverse" if backwards else "forward"
            name = _lstm(graph, name, inner, steps="steps", direction=direction)
            name = graph.node("Squeeze", [name, graph.constant(np.array([1]))])
        elif inner.kind == "Softmax" and not backwards:
            weights = inner.weights[0]
            name = graph.node("MatMul", [name, graph.constant(weights[:, :-1].T)])
            name = graph.node("Add", [name, graph.constant(weights[:, -1])])
            name = graph.node("Softmax", [name], axis=-1)
        else:
            raise BadTraineddata(f"layer {inner.kind!r} where an LSTM or a softmax should be")
    return name


def _lstm(
    graph: Graph, name: str, layer: Layer, steps: str, output: int = 0, direction: str = "forward"
) -> str:
    cell, enter, forget, leave = layer.weights
    gates = [enter, leave, forget, cell]  # ONNX's order: input, output, forget, cell
    count = layer.inputs
    onto = np.concatenate([gate[:, :count] for gate in gates])[None]
    back = np.concatenate([gate[:, count:-1] for gate in gates])[None]
    bias = np.concatenate([*(gate[:, -1] for gate in gates), np.zeros(4 * layer.outputs)])[None]
    constants = [graph.constant(array.astype(np.float32)) for array in (onto, back, bias)]
    inputs = [name, *constants] + ([steps] if steps else [])
    return graph.node("LSTM", inputs, output, hidden_size=layer.outputs, direction=direction)


def alphabet_of(data: Traineddata, recogniser: Recogniser) -> Alphabet:
    """What each class of the network writes, and rows of classes (Chinese, Korean).

    Raises:
        BadTraineddata: a character has a class that the network lacks.
    """
    count = _flat(recogniser.network)[-1].outputs
    classes = [""] * count
    spelt = {}
    for text, code in zip(data.characters, data.codes, strict=True):
        if not all(0 <= number < count for number in code):
            raise BadTraineddata(f"{text!r} has class {max(code)}, of {count}")
        if len(code) > 1:
            spelt[code] = text
        elif code[0] != recogniser.null:
            classes[code[0]] = text
    return Alphabet(tuple(classes), recogniser.null, spelt)


def extended(alphabet: Alphabet) -> Alphabet:
    """With the characters that our papers need too, as last classes."""
    missing = tuple(c for c in ADDED if c not in alphabet.classes)
    return Alphabet(alphabet.classes + missing, alphabet.null)


def load_alphabet(path: Path) -> Alphabet:
    """The alphabet our own model has when it starts from this traineddata."""
    data = read_traineddata(path)
    return extended(alphabet_of(data, read_recogniser(data.network)))


def save(model: onnx.ModelProto, alphabet: Alphabet, path: Path, card: dict[str, str]) -> None:
    """Write the model with its alphabet and what else is to be known of it."""
    helper.set_model_props(
        model,
        {
            "alphabet": json.dumps(
                {
                    "classes": alphabet.classes,
                    "null": alphabet.null,
                    "spelt": list(alphabet.spelt.items()),
                },
                ensure_ascii=False,
            ),
            **card,
        },
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def as_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same with 8-bit weights, a quarter the size."""
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, whole)
        quantize_dynamic(
            whole, small, weight_type=QuantType.QInt8, op_types_to_quantize=["LSTM", "MatMul"]
        )
        return onnx.load(small)


def main() -> None:
    """Convert one file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("traineddata", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--int8", action="store_true", help="8-bit weights")
    parser.add_argument(
        "--words", type=Path, help="also write the model's word list, a word a line"
    )
    asked = parser.parse_args()
    data = read_traineddata(asked.traineddata)
    recogniser = read_recogniser(data.network)
    model = build(recogniser)
    if asked.int8:
        model = as_int8(model)
    alphabet = alphabet_of(data, recogniser)
    save(model, alphabet, asked.output, {"specification": recogniser.specification})
    if asked.words:
        asked.words.write_text("".join(f"{word}\n" for word in data.words), encoding="utf-8")
    size = asked.output.stat().st_size
    print(
        f"{asked.output}: {recogniser.specification}, {len(alphabet.classes)} classes, {size} bytes"
    )


if __name__ == "__main__":
    main()
