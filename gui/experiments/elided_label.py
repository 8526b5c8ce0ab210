"""The shared label, under the name that this pane uses."""

from gui.widgets.elided_label import ElidedLabel

__all__ = ["ElidedLabel"]
