"""The chart kit on pyqtgraph: shared axes, pointer, keys, words, theme and one menu."""
