"""Which models there are, which are here, and what they run on."""
