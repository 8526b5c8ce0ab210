"""Censuses: planned, at work, shown."""
