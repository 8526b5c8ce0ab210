"""The studies pane: scans, maps, comparisons and ablations of the stimulus on the canvas."""
