"""The experiments pane: plans, sweeps, runs on disk, their tables and pictures."""
