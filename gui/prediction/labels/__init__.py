"""The labels and how they are edited."""
