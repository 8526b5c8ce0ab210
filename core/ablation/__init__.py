"""Experiments without some units: which, compared with what, and what came out."""
