"""The shared banner, under the name that this pane uses."""

from gui.widgets.banner import Banner

__all__ = ["Banner"]
