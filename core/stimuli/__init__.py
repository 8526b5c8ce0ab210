"""Stimuli: frozen specifications, the renderer, the factorial sets and imported pictures."""
