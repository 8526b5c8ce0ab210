"""Figures: what they show as data, for page and window, and the one page they are printed on."""
