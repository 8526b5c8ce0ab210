"""Tables as text: LaTeX, Markdown, one long table, and the words of cells."""
