"""Work that does not run on the GUI thread."""
