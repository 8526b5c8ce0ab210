"""The window: widgets and threads only. What is computed, is computed in `core`."""
