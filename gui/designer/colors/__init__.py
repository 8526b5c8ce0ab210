"""The colors of the stimulus: swatches, pickers, palettes."""
