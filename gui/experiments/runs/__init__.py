"""Runs on the disk and at work."""
