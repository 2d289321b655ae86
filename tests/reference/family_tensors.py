"""Writes family_tensors.txt: names and shapes of every tensor of a few networks of each family in PyTorch.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch torchvision timm
    /tmp/venv/bin/python tests/reference/family_tensors.py >tests/reference/family_tensors.txt
"""
import families
import torch

NETWORKS = [
    ("mlp:100,100", (1, 28, 28), 10), ("mlp:7", (3, 5, 4), 3),
    ("cnn:16,32,32", (1, 28, 28), 10), ("cnn:3,4", (3, 9, 8), 5),
    ("vgg:11", (3, 32, 32), 10), ("vgg:13-bn", (1, 28, 28), 10), ("vgg:16", (3, 8, 8), 10), ("vgg:19-bn", (3, 32, 32), 100),
    ("resnet:20", (3, 32, 32), 10), ("resnet:8x4", (1, 28, 28), 10), ("resnet:14-projection", (3, 32, 32), 10),
    ("resnet18", (3, 224, 224), 1000), ("resnet34", (1, 28, 28), 10), ("resnet50", (3, 224, 224), 1000),
    ("wrn:16-4", (3, 32, 32), 10), ("wrn:10-1", (1, 28, 28), 10),
    ("vit:dim=64,depth=2,heads=4,patch=7,mlp=128,pool=token", (1, 28, 28), 10),
    ("vit:dim=24,depth=1,heads=3,patch=4,mlp=96,pool=mean", (3, 32, 16), 7),
    ("mixer:dim=64,depth=2,patch=7,tokens=32,channels=128", (1, 28, 28), 10),
]

print("# made by tests/reference/family_tensors.py")
for model, image, classes in NETWORKS:
    with torch.device("meta"):
        module = families.make(model, image, classes)
    print("network", model, "x".join(map(str, image)), classes)
    for kind, name, tensor in families.tensors(module):
        print(kind, name, "x".join(map(str, tensor.shape)))
