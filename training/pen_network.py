"""The network that reads handwriting in frames: convolutions over a strip in steps of 2 pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from extractors.handwriting.alphabet import CLASSES
from extractors.handwriting.frame import HEIGHT

STEP = 2
# Channels out, kernel, padding, dilation across, pooling behind; the height goes 36, 18, 9, 3, 1.
_LAYERS = (
    (16, (5, 5), (2, 2), 1, None),
    (24, (3, 3), (1, 1), 1, (2, 1)),
    (36, (3, 3), (1, 1), 1, (3, 1)),
    (48, (3, 3), (1, 1), 1, None),
    (56, (3, 1), (0, 0), 1, None),
    (56, (1, 3), (0, 1), 1, None),
    (56, (1, 3), (0, 2), 2, None),
)


class PenNetwork(nn.Module):
    """(lines, 1, 36, width), ink 1 and paper 0, to (lines, width / 2, classes) logits."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for channels, kernel, padding, dilation, pooling in _LAYERS:
            wide = (1, dilation)
            # The first looks at every second pixel.
            stride = 1 if layers else STEP
            layers += [
                nn.Conv2d(before, channels, kernel, stride, padding, dilation=wide, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
            if pooling:
                layers.append(nn.MaxPool2d(pooling))
            before = channels
        self.body = nn.Sequential(*layers)
        self.forget = nn.Dropout(0.1)
        self.head = nn.Conv2d(before, CLASSES, 1)

    def forward(self, strips: Tensor) -> Tensor:
        """Logits."""
        found: Tensor = self.head(self.forget(self.body(strips)))
        return found[:, :, 0].transpose(1, 2)


def load_folded(network: PenNetwork, path: Path) -> None:
    """The weights of an exported model; the norms are in them, so they are to stay as they are."""
    stored = {
        entry.name.removesuffix(".half"): torch.from_numpy(numpy_helper.to_array(entry).copy())
        for entry in onnx.load(path).graph.initializer
    }
    modules = list(network.body)
    with torch.no_grad():
        for index, module in enumerate(modules):
            if isinstance(module, nn.Conv2d):
                module.weight.copy_(stored[f"w{index}"].float())
                modules[index + 1].bias.copy_(stored[f"b{index}"].float())
        network.head.weight.copy_(stored["wh"].float())
        network.head.bias.copy_(stored["bh"].float())


def keep_norms(network: PenNetwork) -> None:
    """Norms of a network that goes on from an exported model are mere factors."""
    for module in network.body:
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def export(network: PenNetwork, facts: dict[str, str], path: Path) -> None:
    """The network as ONNX, batch norms folded into the weights, weights in 16 bits."""
    network.eval()
    nodes, weights = [], []
    name = "strips"

    def weight(label: str, values: Tensor) -> str:
        half = values.detach().numpy().astype(np.float16)
        weights.append(numpy_helper.from_array(half, f"{label}.half"))
        nodes.append(helper.make_node("Cast", [f"{label}.half"], [label], to=TensorProto.FLOAT))
        return label

    modules = list(network.body)
    for index, module in enumerate(modules):
        if isinstance(module, nn.Conv2d):
            norm = modules[index + 1]
            assert isinstance(norm, nn.BatchNorm2d)  # noqa: S101 - as built above
            assert norm.running_var is not None  # noqa: S101
            assert norm.running_mean is not None  # noqa: S101
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            kernel = module.weight * scale[:, None, None, None]
            name = _conv(nodes, name, module, weight(f"w{index}", kernel),
                         weight(f"b{index}", norm.bias - norm.running_mean * scale))  # fmt: skip
        elif isinstance(module, nn.ReLU):
            nodes.append(helper.make_node("Relu", [name], [f"r{index}"]))
            name = f"r{index}"
        elif isinstance(module, nn.MaxPool2d):
            size = list(module.kernel_size)
            nodes.append(
                helper.make_node("MaxPool", [name], [f"p{index}"], kernel_shape=size, strides=size)
            )
            name = f"p{index}"
    bias = network.head.bias
    assert bias is not None  # noqa: S101
    name = _conv(nodes, name, network.head, weight("wh", network.head.weight), weight("bh", bias))
    nodes.append(helper.make_node("Squeeze", [name, "axis"], ["flat"]))
    nodes.append(helper.make_node("Transpose", ["flat"], ["logits"], perm=[0, 2, 1]))
    weights.append(numpy_helper.from_array(np.array([2], np.int64), "axis"))
    graph = helper.make_graph(
        nodes, "pen",
        [helper.make_tensor_value_info("strips", TensorProto.FLOAT, ["lines", 1, HEIGHT, "width"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["lines", "steps", CLASSES])],
        weights,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _conv(nodes: list[object], name: str, module: nn.Conv2d, kernel: str, bias: str) -> str:
    up, left = (int(side) for side in module.padding)
    out = f"c{len(nodes)}"
    nodes.append(
        helper.make_node(
            "Conv", [name, kernel, bias], [out], pads=[up, left, up, left],
            strides=list(module.stride), dilations=list(module.dilation),
        )
    )  # fmt: skip
    return out
