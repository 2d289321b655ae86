#!/usr/bin/env python3
"""Makes ONNX files of one or a few operators, each with inputs and onnxruntime's logits beside it, and files that a
reader must refuse.

    python tests/reference/onnx_cases.py tests/unit/network/onnx/files

Needs onnx, onnxruntime and safetensors.
"""
import pathlib
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

EXAMPLES = 3
random = numpy.random.default_rng(0)


def node(op, inputs, output, **attributes):
    outputs = output.split()
    return helper.make_node(op, inputs.split(","), outputs, name=f"{op} {output}", **attributes)


def normal(*shape, kind=numpy.float32):
    return random.normal(size=shape).astype(kind)


def ints(*values):
    return numpy.array(values, numpy.int64)


def number(value):
    return numpy.array(value, numpy.float32)


def model(nodes, arrays, shape, opset, batch="N", outputs=("y",), inputs=None):
    graph = helper.make_graph(
        nodes, "network",
        inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [value if isinstance(value, TensorProto) else numpy_helper.from_array(value, name)
         for name, value in arrays.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8 if opset < 19 else 10
    return made


def run(made, x):
    session = onnxruntime.InferenceSession(made.SerializeToString())
    return session.run(None, {"x": x})[0]


# name: (opset, shape of an example, arrays, nodes that lead from x to y)
CASES = {
    "gemm-scaled": (13, (6,), {"w": normal(6, 5), "c": normal(1, 5)}, [node("Gemm", "x,w,c", "y", alpha=0.5, beta=2.0)]),
    "gemm-two-values": (13, (6,), {"w": normal(5, 6), "d": normal(6, 6), "c": normal(5)}, [
        node("MatMul", "w,d", "v"), node("Gemm", "x,v,c", "y", transB=1)]),
    "matmul-left": (13, (4, 6), {"w": normal(5, 4)}, [node("MatMul", "w,x", "y")]),
    "matmul-batched-weights": (13, (2, 4, 6), {"w": normal(2, 6, 3)}, [node("MatMul", "x,w", "y")]),
    "matmul-vector": (13, (4, 6), {"w": normal(6)}, [node("MatMul", "x,w", "y")]),
    "matmul-transposed-weights": (13, (4, 6), {"w": normal(5, 6)}, [
        node("Transpose", "w", "v", perm=[1, 0]), node("MatMul", "x,v", "y")]),
    "conv-same-upper": (13, (2, 6, 7), {"w": normal(3, 2, 4, 3), "b": normal(3)}, [
        node("Conv", "x,w,b", "y", auto_pad="SAME_UPPER", strides=[2, 1])]),
    "conv-same-lower": (13, (2, 6, 7), {"w": normal(3, 2, 4, 2)}, [
        node("Conv", "x,w", "y", auto_pad="SAME_LOWER", strides=[1, 2])]),
    "conv-uneven": (13, (4, 6, 7), {"w": normal(6, 2, 2, 3)}, [
        node("Conv", "x,w", "y", pads=[0, 2, 1, 0], dilations=[2, 1], group=2)]),
    "conv-sequence-same": (13, (2, 9), {"w": normal(3, 2, 4)}, [node("Conv", "x,w", "y", auto_pad="SAME_UPPER", strides=[2])]),
    "max-pool-ceil": (13, (2, 6, 7), {}, [
        node("MaxPool", "x", "y", kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1, pads=[1, 0, 0, 1])]),
    "average-pool": (13, (2, 6, 7), {}, [node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])]),
    "average-pool-same": (13, (2, 6, 7), {}, [
        node("AveragePool", "x", "y", kernel_shape=[3, 2], strides=[2, 1], auto_pad="SAME_UPPER", count_include_pad=1)]),
    "global-pools": (13, (3, 5, 4), {}, [
        node("GlobalAveragePool", "x", "a"), node("GlobalMaxPool", "x", "m"), node("Concat", "a,m", "y", axis=1)]),
    "softmax-of-old": (11, (2, 3, 4), {}, [node("Softmax", "x", "y", axis=2)]),
    "softmax-axis": (13, (2, 3, 4), {}, [node("Softmax", "x", "a", axis=1), node("LogSoftmax", "a", "y", axis=-2)]),
    "clip": (13, (8,), {"low": number(-0.5), "high": number(0.8)}, [node("Clip", "x,low,", "a"), node("Clip", "a,,high", "y")]),
    "elu-selu": (13, (8,), {}, [node("Elu", "x", "a", alpha=0.7), node("Selu", "a", "y")]),
    "prelu": (13, (3, 4, 2), {"slope": normal(3, 1, 1)}, [node("PRelu", "x,slope", "y")]),
    "hard-sigmoid": (13, (8,), {}, [node("HardSigmoid", "x", "a"), node("LeakyRelu", "a", "y")]),
    "mish-softplus": (18, (8,), {}, [node("Mish", "x", "a"), node("Softplus", "a", "y")]),
    "powers": (13, (8,), {"two": number(2), "more": number(1.5), "one": number(1)}, [
        node("Pow", "x,two", "a"), node("Pow", "a,more", "b"), node("Add", "b,one", "c"), node("Reciprocal", "c", "d"),
        node("Neg", "d", "y")]),
    "logarithms": (13, (8,), {}, [node("Abs", "x", "a"), node("Exp", "a", "b"), node("Log", "b", "c"), node("Sqrt", "c", "y")]),
    "max-min": (13, (8,), {"p": normal(8), "q": number(0.2)}, [
        node("Max", "x,p", "a"), node("Min", "a,q", "b"), node("Min", "p,x,b", "c"), node("Max", "c,q", "d"),
        node("Mean", "x,p,d", "e"), node("Sum", "e,x,p", "y")]),
    "gelu-by-erf": (13, (8,), {"root": number(2 ** 0.5), "one": number(1), "half": number(0.5)}, [
        node("Div", "x,root", "a"), node("Erf", "a", "b"), node("Add", "b,one", "c"), node("Mul", "x,c", "d"),
        node("Mul", "d,half", "y")]),
    "gelu-by-tanh": (13, (8,), {"c": number(0.044715), "s": number((2 / numpy.pi) ** 0.5), "one": number(1),
                                "half": number(0.5), "three": number(3)}, [
        node("Pow", "x,three", "a"), node("Mul", "a,c", "b"), node("Add", "x,b", "d"), node("Mul", "s,d", "e"),
        node("Tanh", "e", "f"), node("Add", "one,f", "g"), node("Mul", "half,x", "h"), node("Mul", "h,g", "y")]),
    "gelu-of-product": (13, (8,), {"p": normal(8), "root": number(0.5 ** 0.5), "one": number(1), "half": number(0.5)}, [
        node("Mul", "x,p", "z"), node("Mul", "z,root", "a"), node("Erf", "a", "b"), node("Add", "one,b", "c"),
        node("Mul", "z,half", "d"), node("Mul", "d,c", "y")]),
    "erf-alone": (13, (8,), {"third": number(1 / 3)}, [node("Mul", "x,third", "a"), node("Erf", "a", "y")]),
    "layer-norm-by-hand": (13, (3, 8), {"e": number(1e-3), "two": number(2), "g": normal(8), "b": normal(8)}, [
        node("ReduceMean", "x", "m", axes=[-1]), node("Sub", "x,m", "d"), node("Pow", "d,two", "s"),
        node("ReduceMean", "s", "v", axes=[2]), node("Add", "v,e", "w"), node("Sqrt", "w", "r"), node("Div", "d,r", "n"),
        node("Mul", "n,g", "t"), node("Add", "t,b", "y")]),
    "layer-norm-two-axes": (17, (3, 4, 2), {"g": normal(4, 2), "b": normal(4, 2)}, [
        node("LayerNormalization", "x,g,b", "y", axis=-2, epsilon=1e-2)]),
    "rms-by-power": (13, (3, 8), {"e": number(1e-3), "minus": number(-0.5), "g": normal(8)}, [
        node("Mul", "x,x", "s"), node("ReduceMean", "s", "v", axes=[-1]), node("Add", "e,v", "w"), node("Pow", "w,minus", "r"),
        node("Mul", "x,r", "n"), node("Mul", "g,n", "y")]),
    "group-norm": (21, (6, 3, 2), {"g": normal(6), "b": normal(6)}, [node("GroupNormalization", "x,g,b", "y", num_groups=3)]),
    "instance-norm": (13, (3, 4, 5), {"g": normal(3), "b": normal(3)}, [node("InstanceNormalization", "x,g,b", "y")]),
    "batch-norm": (15, (3, 4), {"g": normal(3), "b": normal(3), "m": normal(3), "v": numpy.abs(normal(3)) + 0.5}, [
        node("BatchNormalization", "x,g,b,m,v", "y", epsilon=1e-3, momentum=0.8)]),
    "reductions": (13, (3, 4, 5), {"axes": ints(2, -3)}, [
        node("ReduceSum", "x,axes", "a", keepdims=0), node("ReduceL2", "a", "b", axes=[1], keepdims=1), node("Add", "a,b", "y")]),
    "reduce-all-but-examples": (18, (3, 4), {"axes": ints(1, 2)}, [node("ReduceMean", "x,axes", "y", keepdims=1)]),
    "slices": (13, (7, 6), {"s": ints(1, -1), "e": ints(6, -100), "a": ints(1, 2), "t": ints(2, -2)}, [node("Slice", "x,s,e,a,t", "y")]),
    "split-uneven": (13, (7, 2), {"sizes": ints(2, 5)}, [node("Split", "x,sizes", "p q", axis=1), node("Concat", "q,p", "y", axis=1)]),
    "split-equal": (18, (7, 2), {}, [node("Split", "x", "p q", axis=1, num_outputs=2), node("Concat", "q,p", "y", axis=1)]),
    "gather-table": (13, (5, 3), {"i": numpy.array([[0, -1], [3, 3]], numpy.int64)}, [node("Gather", "x,i", "y", axis=1)]),
    "gather-tuples": (13, (4, 3, 2), {"i": numpy.array([[[0, 1], [3, -1], [2, 2]]], numpy.int64)}, [
        node("Transpose", "x", "a", perm=[1, 2, 0, 3]), node("GatherND", "a,i", "b"), node("Transpose", "b", "y", perm=[2, 1, 0, 3])]),
    "softplus-of-large": (13, (8,), {"beta": number(2), "most": number(20)}, [
        node("Mul", "x,beta", "a"), node("Softplus", "a", "b"), node("Div", "b,beta", "c"), node("Greater", "a,most", "d"),
        node("Where", "d,x,c", "y")]),
    "pads": (13, (3, 4), {"p": ints(0, 1, 0, 0, 0, 2), "v": number(0.7), "q": ints(0, 0, 2, 0, 0, 3)}, [
        node("Pad", "x,p,v", "a"), node("Pad", "a,q", "b", mode="reflect"), node("Pad", "b,p", "y", mode="edge")]),
    "class-token": (13, (4, 3), {"token": normal(1, 1, 3), "zero": ints(0), "rest": ints(1, 3)}, [
        node("Shape", "x", "s"), node("Gather", "s,zero", "n"), node("Concat", "n,rest", "to", axis=0),
        node("Expand", "token,to", "t"), node("Concat", "t,x", "y", axis=1)]),
    "class-token-tiled": (13, (4, 3), {"token": normal(1, 1, 3), "zero": ints(0), "rest": ints(1, 1)}, [
        node("Shape", "x", "s"), node("Gather", "s,zero", "n"), node("Concat", "n,rest", "to", axis=0),
        node("Tile", "token,to", "t"), node("Concat", "t,x", "y", axis=1)]),
    "zeros-of-shape": (13, (4, 3), {"zero": ints(0), "rest": ints(2, 3), "p": normal(3)}, [
        node("Shape", "x", "s"), node("Gather", "s,zero", "n"), node("Concat", "n,rest", "to", axis=0),
        node("ConstantOfShape", "to", "t", value=helper.make_tensor("", TensorProto.FLOAT, [1], [0.3])),
        node("Concat", "t,x", "a", axis=1), node("Add", "a,p", "y")]),
    "mask": (13, (4, 4), {"start": ints(0).reshape(()), "four": ints(4).reshape(()), "step": ints(1).reshape(()),
                          "column": ints(1), "low": number(-1e30), "zero": number(0)}, [
        node("Range", "start,four,step", "r"), node("Unsqueeze", "r,column", "c"), node("Greater", "r,c", "m"),
        node("Where", "m,low,zero", "add"), node("Add", "x,add", "z"), node("Softmax", "z", "w"), node("Where", "m,zero,w", "y")]),
    "infinite-mask": (13, (4, 4), {"start": ints(0).reshape(()), "four": ints(4).reshape(()), "step": ints(1).reshape(()),
                          "column": ints(1), "low": number(-numpy.inf), "zero": number(0)}, [
        node("Range", "start,four,step", "r"), node("Unsqueeze", "r,column", "c"), node("Greater", "r,c", "m"),
        node("Where", "m,low,zero", "add"), node("Add", "x,add", "z"), node("Softmax", "z", "w"), node("Where", "m,zero,w", "y")]),
    "expanded": (13, (1, 3), {"to": ints(1, 4, 3), "p": normal(2, 1, 1), "one_axis": ints(1)}, [
        node("Expand", "x,to", "a"), node("Unsqueeze", "a,one_axis", "b"), node("Mul", "b,p", "y")]),
    "examples-last": (13, (4, 3), {"p": normal(4, 3, 1)}, [
        node("Transpose", "x", "a", perm=[1, 2, 0]), node("Add", "a,p", "b"), node("ReduceMean", "b", "c", axes=[0], keepdims=0),
        node("Softmax", "b", "d", axis=0), node("Mul", "d,c", "e"), node("Transpose", "e", "y", perm=[2, 0, 1])]),
    "dropout": (13, (8,), {"r": number(0.3)}, [node("Dropout", "x,r", "y")]),
    "half": (13, (8,), {"p": normal(8).astype(numpy.float16)}, [node("Cast", "p", "q", to=1), node("Add", "x,q", "y")]),
    "double-numbers": (13, (8,), {"p": numpy.array(0.25)}, [node("Cast", "p", "q", to=1), node("Mul", "x,q", "y")]),
    "typed-fields": (13, (4,), {"p": helper.make_tensor("p", TensorProto.FLOAT, [4], [1.5, -2, 0.25, 8])}, [node("Add", "x,p", "y")]),
    "squeeze-all": (11, (1, 5, 1), {}, [node("Squeeze", "x", "a", axes=[1, 3]), node("Unsqueeze", "a", "b", axes=[1]), node("Flatten", "b", "y")]),
    "scattered": (16, (4, 4), {"square": ints(4, 4), "rows": ints(2, 4), "at": ints(0, -1).reshape(2, 1)}, [
        node("ConstantOfShape", "square", "zeros"),
        node("ConstantOfShape", "rows", "new", value=helper.make_tensor("", TensorProto.FLOAT, [1], [0.5])),
        node("ScatterND", "zeros,at,new", "mask"), node("Add", "x,mask", "y")]),
}

def complete(opset, shape, arrays, nodes):
    """The network of a case: its nodes, then a linear layer on the flattened value; and inputs."""
    x = normal(EXAMPLES, *shape)
    y = run(model(nodes, arrays, shape, opset), x)
    arrays = {**arrays, "head": normal(int(numpy.prod(y.shape[1:])), 3)}
    nodes = nodes + [helper.make_node("Flatten", ["y"], ["flat"]), helper.make_node("MatMul", ["flat", "head"], ["logits"])]
    return model(nodes, arrays, shape, opset, outputs=("logits",)), x


def external(location, length):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[6, 5], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", "0"), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def refused():
    w = {"w": normal(6, 5)}
    product = [node("MatMul", "x,w", "y")]
    info = helper.make_tensor_value_info
    yield "two-inputs", model([node("Add", "x,z", "a"), node("MatMul", "a,w", "y")], w, (6,), 17, inputs=[
        info("x", TensorProto.FLOAT, ["N", 6]), info("z", TensorProto.FLOAT, ["N", 6])])
    yield "tokens", model(product, w, (6,), 17, inputs=[info("x", TensorProto.INT64, ["N", 6])])
    yield "two-outputs", model(product + [node("Relu", "y", "z")], w, (6,), 17, outputs=("y", "z"))
    yield "any-length", model(product, w, (6,), 17, inputs=[info("x", TensorProto.FLOAT, ["N", "T", 6])])
    yield "old-opset", model(product, w, (6,), 9)
    yield "new-opset", model(product, w, (6,), 26)
    yield "recurrent", model([node("LSTM", "x,w,w", "y", hidden_size=2)], w, (6,), 17)
    yield "branch", model([node("If", "x", "y", then_branch=helper.make_graph([], "a", [], []),
                                else_branch=helper.make_graph([], "b", [], []))], w, (6,), 17)
    yield "random", model([node("RandomUniformLike", "x", "r"), node("Add", "x,r", "a"), node("MatMul", "a,w", "y")], w, (6,), 17)
    yield "other-domain", model([helper.make_node("Gelu", ["x"], ["y"], name="g", domain="com.microsoft")], w, (6,), 17)
    yield "mixes-examples", model([node("ReduceMean", "x", "m", axes=[0]), node("Sub", "x,m", "d"), node("MatMul", "d,w", "y")], w, (6,), 17)
    yield "mixes-by-reshape", model([node("Reshape", "x,to", "d"), node("MatMul", "d,w", "y")], {**w, "to": ints(6, -1)}, (6,), 17)
    yield "reshape-too-large", model([node("Reshape", "x,to", "y")], {**w, "to": ints(-1, 5)}, (6,), 17)
    yield "no-weights", model([node("Relu", "x", "y")], {}, (6,), 17)
    yield "not-of-the-input", model([node("Add", "w,w", "y")], w, (6,), 17)
    yield "missing-value", model([node("MatMul", "z,w", "y")], w, (6,), 17)
    yield "not-finite", model(product, {"w": numpy.full((6, 5), numpy.nan, numpy.float32)}, (6,), 17)
    yield "does-not-fit", model(product, {"w": normal(7, 5)}, (6,), 17)
    yield "outside", model(product, {"w": external("../mlp-dynamo-train-any.onnx.data", 120)}, (6,), 17)
    yield "absolute", model(product, {"w": external("/etc/passwd", 120)}, (6,), 17)
    yield "absent", model(product, {"w": external("absent.data", 120)}, (6,), 17)
    yield "length", model(product, {"w": external("README", 8)}, (6,), 17)
    short = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[6, 5], raw_data=b"1234")
    yield "short-array", model(product, {"w": short}, (6,), 17)
    huge = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1 << 40, 1 << 40], raw_data=b"1234")
    yield "huge-array", model(product, {"w": huge}, (6,), 17)
    yield "huge-constant", model([node("ConstantOfShape", "s", "c"), node("Add", "x,c", "d"), node("Range", "a,b,c1", "r"),
                                  node("MatMul", "d,w", "y")],
                                 {**w, "s": ints(6), "a": ints(0), "b": ints(1 << 60), "c1": ints(1)}, (6,), 17)


def main():
    folder = pathlib.Path(sys.argv[1])
    for part in ("operators", "refused"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, (opset, shape, arrays, nodes) in CASES.items():
        made, x = complete(opset, shape, arrays, nodes)
        onnx.save(made, folder / "operators" / f"{name}.onnx")
        save_file({"inputs": x, "logits": run(made, x)}, folder / "operators" / f"{name}.safetensors")
    for name, made in refused():
        onnx.save(made, folder / "refused" / f"{name}.onnx")


if __name__ == "__main__":
    main()
