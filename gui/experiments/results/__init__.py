"""Tables of a run, and the pictures behind a number."""
