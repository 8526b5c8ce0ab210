"""Help inside the program: the user guide, the page of keys, the tour."""
