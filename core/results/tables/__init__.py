"""Kinds of tables, each from the counts of a run."""
