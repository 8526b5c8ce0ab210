"""The figures of a census and their thresholds."""
