"""Pins side by side."""
