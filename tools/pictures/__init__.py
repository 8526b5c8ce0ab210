"""Pictures of the real window, for the documentation and for looking at every pane."""
