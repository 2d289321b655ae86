"""The families of networks as PyTorch modules: torchvision's and timm's where they have them, written here where not."""
import re

import timm
import torch
import torchvision
from torch import nn
from torch.nn import functional as F


def sequential(*modules):
    return nn.Sequential(*modules)


def mlp(sizes, image, classes, act):
    widths = [int(w) for w in sizes.split(",")]
    features, layers = image[0] * image[1] * image[2], [nn.Flatten()]
    for width in widths:
        layers += [nn.Linear(features, width), act()]
        features = width
    return sequential(*layers, nn.Linear(features, classes))


def cnn(sizes, image, classes, act):
    channels, height, width = image
    layers = []
    for count in (int(w) for w in sizes.split(",")):
        layers += [nn.Conv2d(channels, count, 3, padding=1), act(), nn.MaxPool2d(2)]
        channels, height, width = count, height // 2, width // 2
    return sequential(*layers, nn.Flatten(), nn.Linear(channels * height * width, classes))


class Vgg(nn.Module):
    """torchvision's `features`, one linear layer; a pooling that the image is too small for is left out."""

    def __init__(self, sizes, image, classes, act):
        super().__init__()
        self.features = getattr(torchvision.models, "vgg" + sizes.replace("-", "_"))().features
        old = self.features[0]
        self.features[0] = nn.Conv2d(image[0], old.out_channels, 3, padding=1)
        for name, module in self.features.named_children():
            if isinstance(module, nn.ReLU):
                self.features[int(name)] = act()
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        for module in self.features:
            if not isinstance(module, nn.MaxPool2d) or min(x.shape[-2:]) > 1:
                x = module(x)
        return self.classifier(x.mean((2, 3)))


class SmallBlock(nn.Module):
    def __init__(self, inputs, channels, stride, projection, act):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.act, self.stride, self.zeros = act(), stride, channels - inputs
        if projection and (stride > 1 or inputs != channels):
            self.shortcut = sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))
        else:
            self.shortcut = None

    def forward(self, x):
        y = self.bn2(self.conv2(self.act(self.bn1(self.conv1(x)))))
        if self.shortcut is not None:
            x = self.shortcut(x)
        elif self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.zeros // 2, self.zeros - self.zeros // 2))
        return self.act(x + y)


class SmallResNet(nn.Module):
    """[he2016, section 4.2]."""

    def __init__(self, sizes, image, classes, act):
        super().__init__()
        depth, width, projection = re.fullmatch(r"(\d+)(?:x(\d+))?(-projection)?", sizes).groups()
        blocks, width, projection = (int(depth) - 2) // 6, 16 * int(width or 1), projection is not None
        self.conv1 = nn.Conv2d(image[0], width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.act = act()
        inputs = width
        for stage in range(3):
            channels = width << stage
            layer = []
            for b in range(blocks):
                layer.append(SmallBlock(inputs, channels, 2 if stage > 0 and b == 0 else 1, projection, act))
                inputs = channels
            setattr(self, f"layer{stage + 1}", sequential(*layer))
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.act(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class WideBlock(nn.Module):
    def __init__(self, inputs, channels, stride, act):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.act = act()
        same = inputs == channels and stride == 1
        self.convShortcut = None if same else nn.Conv2d(inputs, channels, 1, stride, bias=False)

    def forward(self, x):
        z = self.act(self.bn1(x))
        y = self.conv2(self.act(self.bn2(self.conv1(z))))
        return y + (x if self.convShortcut is None else self.convShortcut(z))


class WideResNet(nn.Module):
    """[zagoruyko2016]."""

    def __init__(self, sizes, image, classes, act):
        super().__init__()
        depth, width = (int(s) for s in sizes.split("-"))
        self.conv1 = nn.Conv2d(image[0], 16, 3, 1, 1, bias=False)
        inputs = 16
        for stage in range(3):
            channels = 16 * width << stage
            layer = []
            for b in range((depth - 4) // 6):
                layer.append(WideBlock(inputs, channels, 2 if stage > 0 and b == 0 else 1, act))
                inputs = channels
            block = nn.Module()
            block.layer = sequential(*layer)
            setattr(self, f"block{stage + 1}", block)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.act = act()
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.conv1(x)
        for block in (self.block1, self.block2, self.block3):
            x = block.layer(x)
        return self.fc(self.act(self.bn1(x)).mean((2, 3)))


def large_resnet(name, image, classes, act):
    module = getattr(torchvision.models, name)(num_classes=classes)
    module.conv1 = nn.Conv2d(image[0], 64, 7, 2, 3, bias=False)
    for child in module.modules():
        if hasattr(child, "relu"):
            child.relu = act()
    return module


def settings(sizes, defaults):
    return defaults | dict(word.split("=") for word in sizes.split(",") if word)


def vit(sizes, image, classes, act):
    s = settings(sizes, dict(dim=64, depth=4, heads=4, patch=7, mlp=128, pool="token"))
    token = s["pool"] == "token"
    return timm.models.VisionTransformer(
        img_size=image[1:], patch_size=int(s["patch"]), in_chans=image[0], num_classes=classes,
        global_pool="token" if token else "avg", class_token=token, embed_dim=int(s["dim"]), depth=int(s["depth"]),
        num_heads=int(s["heads"]), mlp_ratio=int(s["mlp"]) / int(s["dim"]), act_layer=act)


def mixer(sizes, image, classes, act):
    s = settings(sizes, dict(dim=64, depth=4, patch=7, tokens=32, channels=128))
    width = int(s["dim"])
    return timm.models.MlpMixer(
        num_classes=classes, img_size=image[1:], in_chans=image[0], patch_size=int(s["patch"]),
        num_blocks=int(s["depth"]), embed_dim=width, act_layer=act,
        mlp_ratio=(int(s["tokens"]) / width, int(s["channels"]) / width))


ACTIVATIONS = {
    "relu": nn.ReLU, "leaky-relu": nn.LeakyReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid, "softplus": nn.Softplus, "hard-swish": nn.Hardswish}
FAMILIES = {"mlp": mlp, "cnn": cnn, "vgg": Vgg, "resnet": SmallResNet, "wrn": WideResNet, "vit": vit, "mixer": mixer}


def make(model, image, classes, activation="default"):
    """The module that `model` names, for images [channels, height, width]."""
    family, _, sizes = model.partition(":")
    if activation == "default":
        activation = "gelu" if family in ("vit", "mixer") else "relu"
    act = ACTIVATIONS[activation]
    if family in FAMILIES:
        return FAMILIES[family](sizes, image, classes, act)
    return large_resnet(family, image, classes, act)


def tensors(module):
    """(kind, name, tensor) of what the flat vectors hold, in their order: weights, then buffers."""
    yield from (("weight", name, tensor) for name, tensor in module.named_parameters())
    for name, tensor in module.named_buffers():
        if not name.endswith("num_batches_tracked"):
            yield "buffer", name, tensor
