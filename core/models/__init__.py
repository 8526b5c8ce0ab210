"""Models: finding, reading, building and running CLIP. Only submodules import torch."""
