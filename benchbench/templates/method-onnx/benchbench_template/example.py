"""Makes an example file: `python -m benchbench_template.example FILE.onnx`; replace it by your own export."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Z_DIM = 8


def make(path, rows="n"):
    """Write `y = tanh(x + z W)`, images of the condition's size in a random tint; `rows` is N, fixed if a number."""
    weights = np.random.default_rng(0).normal(scale=0.1, size=(Z_DIM, 3)).astype(np.float32)
    constants = {"weights": weights, "axes": np.array([2, 3], dtype=np.int64)}
    nodes = [
        helper.make_node("MatMul", ["z", "weights"], ["tint"]),  # [N, 3]
        helper.make_node("Unsqueeze", ["tint", "axes"], ["plane"]),  # [N, 3, 1, 1]
        helper.make_node("Add", ["x", "plane"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["y"]),
    ]
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, 3, "h", "w"]),
        helper.make_tensor_value_info("z", TensorProto.FLOAT, [rows, Z_DIM]),
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [rows, 3, "h", "w"])
    initial = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tint", inputs, [output], initial)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)  # old enough for any onnxruntime


if __name__ == "__main__":
    make(sys.argv[1])
