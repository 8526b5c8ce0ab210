"""The document of the user, and its autosaved copies."""
