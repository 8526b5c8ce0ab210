"""Pictures of panes, for the clipboard, files and slides."""
