"""Everything printed: one page, one style."""
