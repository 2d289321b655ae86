#!/usr/bin/env python3
"""Makes the ONNX files that the tests read, each with inputs and reference logits beside it (NAME.safetensors).

    python tests/reference/export_onnx.py tests/unit/network/onnx/files          # the committed ones, small
    python tests/reference/export_onnx.py --large FOLDER                         # torchvision's and timm's networks

Needs torch, torchvision, timm, onnx, onnxscript, onnxruntime and safetensors. Logits are those of onnxruntime;
of a file in training mode, which onnxruntime does not run, those of the PyTorch module in evaluation mode.
"""
import argparse
import pathlib
import warnings

import numpy
import onnx
import onnxruntime
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional

warnings.filterwarnings("ignore")
EXAMPLES = 3


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 5))


def cnn():
    layers, channels = [], 1
    for width in (4, 6, 6):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 5))


class Block(nn.Module):
    """He's residual block with option A: where the size changes, every other pixel and channels of zeros."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.stride, self.more = stride, width - channels

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.more:
            x = functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return functional.relu(x + y)


class ResNet(nn.Module):
    """He's ResNet for CIFAR: 6 blocks + 2 layers, three stages of `width`, 2 `width`, 4 `width` channels."""

    def __init__(self, blocks=3, width=16, channels=3, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        layers, now = [], width
        for stage in range(3):
            for block in range(blocks):
                layers.append(Block(now, width << stage, 2 if stage and not block else 1))
                now = width << stage
        self.blocks = nn.Sequential(*layers)
        self.linear = nn.Linear(now, classes)

    def forward(self, x):
        x = self.blocks(functional.relu(self.bn(self.conv(x))))
        return self.linear(functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Mobile(nn.Module):
    """Inverted residuals: depthwise convolutions, ReLU6, hard swish, squeeze and excitation."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.body = nn.Sequential(
            nn.Conv2d(8, 16, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU6(),
            nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False), nn.BatchNorm2d(16), nn.SiLU(),
            nn.Conv2d(16, 8, 1, bias=False), nn.BatchNorm2d(8))
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.LeakyReLU(0.1),
                                     nn.Conv2d(4, 8, 1), nn.Hardsigmoid())
        self.head = nn.Sequential(nn.AvgPool2d(3, 2, 1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(32, 5))

    def forward(self, x):
        x = self.stem(x)
        y = self.body(x)
        return self.head(x + y * self.squeeze(y))


class Conv1d(nn.Module):
    """A sequence of samples: 1-D convolutions, group and instance normalisation, padding and gating."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(2, 8, 5, stride=2)
        self.norm = nn.GroupNorm(4, 8)
        self.gate = nn.Conv1d(8, 8, 3, padding=2, dilation=2)
        self.instance = nn.InstanceNorm1d(8, affine=True)
        self.out = nn.Linear(8, 5)

    def forward(self, x):
        x = functional.gelu(self.norm(self.first(functional.pad(x, (2, 1)))))
        left, right = self.gate(x).chunk(2, 1)
        x = functional.max_pool1d(self.instance(torch.cat([left * torch.sigmoid(right), functional.softplus(left)], 1)), 2)
        return self.out(x.mean(-1))


class Transformer(nn.Module):
    """nn.TransformerEncoder on rows of an image, with learnt positions."""

    def __init__(self, batch_first=True):
        super().__init__()
        self.batch_first = batch_first
        self.embed = nn.Linear(8, 12)
        self.position = nn.Parameter(torch.randn((1, 8, 12) if batch_first else (8, 1, 12)))
        layer = nn.TransformerEncoderLayer(12, 3, 20, dropout=0.1, activation="gelu", batch_first=batch_first)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.out = nn.Linear(12, 5)

    def forward(self, x):
        x = x.squeeze(1)
        if not self.batch_first:
            x = x.transpose(0, 1)
        x = self.encoder(self.embed(x) + self.position)
        return self.out(x.mean(1 if self.batch_first else 0))


class Second(Transformer):
    """The same with the examples on the second axis."""

    def __init__(self):
        super().__init__(False)


class RootMeanSquare(nn.Module):
    """x / rms(x) by hand, with a learnt scale, in two spellings; gated; the logits by log softmax."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(16) + 0.5)
        self.gate, self.up, self.down = nn.Linear(16, 10), nn.Linear(16, 10, bias=False), nn.Linear(10, 16)
        self.out = nn.Linear(16, 5)

    def forward(self, x):
        x = x.reshape(x.shape[0], -1, 16)
        y = self.scale * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))
        x = x + self.down(functional.silu(self.gate(y)) * self.up(y))
        x = x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-6)
        return functional.log_softmax(self.out(x[:, -1]), -1)


def vit():
    from timm.models.vision_transformer import VisionTransformer
    return VisionTransformer(img_size=8, patch_size=4, in_chans=3, num_classes=5, embed_dim=12, depth=1, num_heads=3,
                             mlp_ratio=2, qkv_bias=True)


SMALL = {"mlp": (mlp, (1, 8, 8)), "cnn": (cnn, (1, 8, 8)),
         "resnet": (lambda: ResNet(1, 4, 3, 5), (3, 8, 8)), "mobile": (Mobile, (3, 8, 8)),
         "conv1d": (Conv1d, (2, 24)), "transformer": (Transformer, (1, 8, 8)), "second": (Second, (1, 8, 8)),
         "rms": (RootMeanSquare, (1, 8, 8)), "vit": (vit, (3, 8, 8))}


def large():
    import timm
    import torchvision.models as vision
    return {"resnet20": (ResNet, (3, 32, 32)), "resnet18": (vision.resnet18, (3, 64, 64)),
            "vgg11_bn": (vision.vgg11_bn, (3, 32, 32)), "mobilenet_v2": (vision.mobilenet_v2, (3, 64, 64)),
            "mobilenet_v3": (vision.mobilenet_v3_small, (3, 64, 64)), "convnext": (vision.convnext_tiny, (3, 32, 32)),
            "densenet": (vision.densenet121, (3, 32, 32)), "efficientnet": (vision.efficientnet_b0, (3, 32, 32)),
            "regnet": (vision.regnet_x_400mf, (3, 32, 32)), "squeezenet": (vision.squeezenet1_1, (3, 64, 64)),
            "swin": (vision.swin_t, (3, 64, 64)), "tv_vit": (lambda: vision.VisionTransformer(32, 8, 2, 4, 64, 128), (3, 32, 32)),
            "vit_tiny": (lambda: timm.create_model("vit_tiny_patch16_224", img_size=64), (3, 64, 64)),
            "mixer": (lambda: timm.create_model("mixer_s32_224", img_size=64), (3, 64, 64)),
            "deit_distilled": (lambda: timm.create_model("deit_tiny_distilled_patch16_224", img_size=64), (3, 64, 64))}


def randomise(module):
    """Other numbers than 0 and 1, so that a mistake in them shows, and none that are equal: the exporter would merge
    them."""
    for parameter in module.parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    for layer in module.modules():
        for name, low, high in (("running_mean", -0.3, 0.3), ("running_var", 0.5, 2.0)):
            if getattr(layer, name, None) is not None:
                getattr(layer, name).uniform_(low, high)
        if isinstance(layer, (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)) and layer.weight is not None:
            layer.weight.data.uniform_(0.5, 1.5)
            layer.bias.data.uniform_(-0.3, 0.3)


def lighten(path, external):
    """Takes out what the exporter says of the source, most of a small file; puts all arrays into a file beside it."""
    model = onnx.load(path)
    for item in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer,
                 *model.graph.input, *model.graph.output]:
        item.ClearField("doc_string")
        item.ClearField("metadata_props")
    del model.graph.value_info[:]
    beside = {"save_as_external_data": True, "location": pathlib.Path(path).name + ".data", "size_threshold": 0}
    onnx.save(model, path, **(beside if external else {}))


def export(module, example, path, dynamo, training, dynamic):
    mode = torch.onnx.TrainingMode.TRAINING if training else torch.onnx.TrainingMode.EVAL
    module.train(training)
    if dynamo:
        batch = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if dynamic else {}
        torch.onnx.export(module, (example,), path, dynamo=True, opset_version=20, external_data=True, verbose=False,
                          optimize=not training, training=mode, input_names=["images"], output_names=["logits"],
                          **batch)
    else:
        batch = {"dynamic_axes": {"images": {0: "batch"}, "logits": {0: "batch"}}} if dynamic else {}
        torch.onnx.export(module, (example,), path, dynamo=False, opset_version=17, training=mode,
                          do_constant_folding=not training, input_names=["images"], output_names=["logits"], **batch)
    module.eval()


def reference(module, path, inputs, training, dynamic, batch):
    if training:
        with torch.no_grad():
            return module(inputs).numpy()
    session = onnxruntime.InferenceSession(path)
    step = len(inputs) if dynamic else batch
    parts = [session.run(None, {"images": inputs[i:i + step].numpy()})[0] for i in range(0, len(inputs), step)]
    return numpy.concatenate(parts)


def make(folder, name, build, shape, variants, light):
    for dynamo, training, dynamic, batch in variants:
        torch.manual_seed(0)
        module = build()
        randomise(module)
        module.eval()
        label = "-".join([name, "dynamo" if dynamo else "script", "train" if training else "eval",
                          "any" if dynamic else f"batch{batch}"])
        path = str(folder / f"{label}.onnx")
        inputs = torch.randn(EXAMPLES if dynamic or batch == 1 else batch * EXAMPLES, *shape)
        try:
            export(module, inputs[:2 if dynamic else batch].clone(), path, dynamo, training, dynamic)
            if light:
                lighten(path, dynamo and training)
            logits = reference(module, path, inputs, training, dynamic, batch)
            with torch.no_grad():
                error = numpy.abs(logits - module(inputs).numpy()).max()
            save_file({"inputs": inputs.numpy(), "logits": logits}, str(folder / f"{label}.safetensors"))
            print(f"{label}: onnxruntime and PyTorch differ by {error:.1e}", flush=True)
        except Exception as problem:  # one network that an exporter cannot write leaves the others
            print(f"{label}: NOT MADE: {type(problem).__name__}: {str(problem).splitlines()[0][:200]}", flush=True)
            for left in (path, path + ".data"):
                pathlib.Path(left).unlink(missing_ok=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--large", action="store_true")
    arguments.add_argument("--only", default="")
    arguments.add_argument("folder", type=pathlib.Path)
    options = arguments.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    # (present exporter, training mode, any number of examples, else how many)
    variants = [(True, False, True, 0), (True, False, False, 1), (True, True, True, 0), (False, False, True, 0),
                (False, False, False, 1), (False, False, False, 2), (False, True, True, 0)]
    for name, (build, shape) in (large() if options.large else SMALL).items():
        if not options.only or name in options.only.split(","):
            make(options.folder, name, build, shape, variants, not options.large)


if __name__ == "__main__":
    main()
