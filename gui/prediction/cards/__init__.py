"""The cards: a template, its bars, its answer."""
