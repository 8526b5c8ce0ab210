"""Sweeps: a model's answers to every image of a set, in runs that survive anything."""
