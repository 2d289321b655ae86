"""A second reading of the file formats and of the networks, with nothing but Python's standard library.

    tensors.py make FOLDER           writes FOLDER/data.safetensors and FOLDER/mlp.safetensors (mlp:3 on 1x2x2, 3 classes)
    tensors.py loss DATA WEIGHTS     prints the loss and the accuracy of a ReLU mlp on the test images
    tensors.py show FILE             prints name, type, shape and values of every tensor
"""
import json
import math
import random
import struct
import sys

TYPES = {"F32": "f", "I64": "q", "I32": "i", "U8": "B"}


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        code = TYPES[tensor["dtype"]]
        count = math.prod(tensor["shape"])
        values = struct.unpack("<%d%s" % (count, code), data[8 + size + begin:8 + size + end])
        tensors[name] = (tensor["dtype"], tensor["shape"], list(values))
    return tensors


def write(path, tensors):
    header, body = {}, b""
    for name, (kind, shape, values) in tensors.items():
        piece = struct.pack("<%d%s" % (len(values), TYPES[kind]), *values)
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(body), len(body) + len(piece)]}
        body += piece
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def make(folder):
    draw = random.Random(5)
    normal = lambda count: [draw.gauss(0, 1) for _ in range(count)]
    labels = lambda count: [i % 3 for i in range(count)]
    write(folder + "/data.safetensors", {
        "train_images": ("F32", [30, 1, 2, 2], [7 + 3 * x for x in normal(120)]),
        "train_labels": ("I64", [30], labels(30)),
        "test_images": ("F32", [20, 1, 2, 2], [7 + 3 * x for x in normal(80)]),
        "test_labels": ("I64", [20], labels(20)),
    })
    write(folder + "/mlp.safetensors", {
        "3.bias": ("F32", [3], normal(3)),
        "1.weight": ("F32", [3, 4], normal(12)),
        "1.bias": ("F32", [3], normal(3)),
        "3.weight": ("F32", [3, 3], normal(9)),
    })


def linear(weights, name, x):
    _, (rows, columns), w = weights[name + ".weight"]
    b = weights[name + ".bias"][2]
    return [b[r] + sum(w[r * columns + c] * x[c] for c in range(columns)) for r in range(rows)]


def loss(data_path, weights_path):
    data, weights = read(data_path), read(weights_path)
    train = data["train_images"][2]
    mean = sum(train) / len(train)
    deviation = math.sqrt(sum((x - mean) ** 2 for x in train) / len(train))
    pixels, labels = data["test_images"][2], data["test_labels"][2]
    size = len(pixels) // len(labels)
    layers = sorted({int(name.split(".")[0]) for name in weights})
    total, right = 0.0, 0
    for i, label in enumerate(labels):
        x = [(p - mean) / deviation for p in pixels[i * size:(i + 1) * size]]
        for layer in layers:
            x = linear(weights, str(layer), x)
            if layer != layers[-1]:
                x = [max(v, 0.0) for v in x]
        total += math.log(sum(math.exp(v) for v in x)) - x[label]
        right += x.index(max(x)) == label
    print(repr(total / len(labels)), repr(right / len(labels)))


def show(path):
    for name, (kind, shape, values) in sorted(read(path).items()):
        print(name, kind, shape, values)


{"make": make, "loss": loss, "show": show}[sys.argv[1]](*sys.argv[2:])
