"""Weights on the disk: catalog, store, downloads, and reading them without trust."""
