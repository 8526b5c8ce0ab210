"""The version of the program, as ``pyproject.toml`` gives it."""

VERSION = "0.1.0"
