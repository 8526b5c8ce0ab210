"""Silenced neurons and what they change."""
