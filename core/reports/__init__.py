"""Reports: a whole run on one page, to read, print, send and repeat."""
