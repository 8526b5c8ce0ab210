"""Scans: what a model calls a stimulus while one or two of its parameters change."""
