"""All neurons as a grid, and each on a page of its own."""
