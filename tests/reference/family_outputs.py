"""Writes family_outputs.txt: what small networks of each family give in PyTorch in double precision.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch torchvision timm
    /tmp/venv/bin/python tests/reference/family_outputs.py >tests/reference/family_outputs.txt

Weights, statistics and images are numbers of a hash (`uniform`) that the unit test makes again, so no file of weights is
needed. For each network: the probabilities of every class for every third example, the mean loss, and of the gradient of each
tensor its norm and its product with a fixed vector; of a network with batch normalisation with its stored statistics
(evaluation), then with those of the batch (training); not of resnet50, whose deepest channels are single positions of
these small images: in training its gradient in single precision has few digits. On stderr: how far PyTorch in single precision is from that.
"""
import sys

import families
import numpy as np
import torch
from torch.nn import functional as F

CLASSES, EXAMPLES = 5, 20
SALTS = {"weight": 1, "buffer": 2, "image": 3, "direction": 4}
ACTIVATIONS = ["relu", "leaky-relu", "gelu", "silu", "tanh", "sigmoid", "softplus", "hard-swish"]
NETWORKS = [("mlp:7,6", a, (2, 5, 6)) for a in ACTIVATIONS] + [
    ("cnn:3,4", "default", (2, 5, 6)),
    ("vgg:11", "default", (3, 8, 8)),
    ("vgg:11-bn", "tanh", (1, 8, 8)),
    ("resnet:8", "default", (3, 9, 8)),
    ("resnet:14x2-projection", "silu", (3, 8, 8)),
    ("resnet18", "default", (1, 28, 28)),
    ("resnet50", "default", (3, 32, 32)),
    ("wrn:10-2", "default", (3, 8, 7)),
    ("wrn:16-1", "gelu", (1, 8, 8)),
    ("vit:dim=12,depth=2,heads=3,patch=4,mlp=10,pool=token", "default", (3, 8, 12)),
    ("vit:dim=8,depth=1,heads=1,patch=2,mlp=20,pool=mean", "hard-swish", (1, 4, 6)),
    ("mixer:dim=10,depth=2,patch=4,tokens=7,channels=13", "default", (3, 8, 12)),
]


def uniform(salt, first, count):
    """Numbers in [-1, 1), the same in tests/unit/network/families/family_outputs_test.cpp."""
    with np.errstate(over="ignore"):
        h = (np.arange(first + 1, first + count + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        h ^= np.uint64(SALTS[salt]) * np.uint64(0xD1B54A32D192ED03)
        h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        h ^= h >> np.uint64(32)
    return (h >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1


def value(kind, name, shape, u):
    """A tensor's entries from uniform numbers, in single precision."""
    if name.endswith("running_var"):
        u = 1 + 0.5 * u
    elif kind == "weight" and len(shape) == 1 and name.endswith("weight"):
        u = 0.6 + 0.2 * u  # the scale of a normalisation
    elif kind == "weight" and len(shape) > 1 and "_" not in name.rpartition(".")[2]:
        u = u * np.sqrt(6 / np.prod(shape[1:]))
    else:
        u = 0.2 * u
    return torch.tensor(u.astype(np.float32)).reshape(shape)


def fill(module):
    offsets = {"weight": 0, "buffer": 0}
    with torch.no_grad():
        for kind, name, tensor in families.tensors(module):
            tensor.copy_(value(kind, name, tensor.shape, uniform(kind, offsets[kind], tensor.numel())))
            offsets[kind] += tensor.numel()


def results(module, images, labels, training):
    """Probabilities, mean loss and gradients of all weights."""
    module.train(training)
    module.zero_grad()
    outputs = module(images)
    loss = F.cross_entropy(outputs, labels)
    loss.backward()
    gradients = {name: tensor.grad.double().flatten().numpy() for name, tensor in module.named_parameters()}
    return outputs.softmax(1).detach().double().numpy(), loss.item(), gradients


def write(mode, probabilities, loss, gradients):
    print(mode, repr(loss))
    for row in probabilities[::3] if mode == "evaluation" else []:
        print("probabilities", *(f"{p:.10g}" for p in row))
    offset = 0
    for name, gradient in gradients.items():
        direction = uniform("direction", offset, gradient.size)
        print("gradient", name, f"{np.linalg.norm(gradient):.10g}", f"{gradient @ direction:.10g}")
        offset += gradient.size


def relative(single, double):
    difference = np.sqrt(sum(np.sum((single[n] - double[n]) ** 2) for n in double))
    return difference / np.sqrt(sum(np.sum(g**2) for g in double.values()))


def main():
    print("# made by tests/reference/family_outputs.py")
    for model, activation, image in NETWORKS:
        module = families.make(model, image, CLASSES, activation)
        fill(module)
        pixels = uniform("image", 0, EXAMPLES * int(np.prod(image))).astype(np.float32)
        images = torch.tensor(pixels).reshape(EXAMPLES, *image)
        labels = torch.arange(EXAMPLES) % CLASSES
        print("network", model, activation, "x".join(map(str, image)), CLASSES, EXAMPLES)
        trained = any(True for _ in module.buffers()) and model != "resnet50"
        for mode in ("evaluation", "training") if trained else ("evaluation",):
            single = results(module.float(), images, labels, mode == "training")
            fill(module)
            double = results(module.double(), images.double(), labels, mode == "training")
            fill(module.float())
            write(mode, *double)
            print(f"{model} {activation} {mode}: loss {abs(single[1] / double[1] - 1):.1e}, gradient "
                  f"{relative(single[2], double[2]):.1e}", file=sys.stderr)


main()
