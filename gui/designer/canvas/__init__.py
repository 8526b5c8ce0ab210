"""The canvas: pixels of the model, handles, drags, drops."""
