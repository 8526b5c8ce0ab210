"""Builds the installers of CLIP Color Lab; see ``README.md`` here."""
