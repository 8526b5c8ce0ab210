"""Pictures of panes and figures, for the clipboard, files and slides."""
