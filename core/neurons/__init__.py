"""The units of the visual encoder: what they answer to, and how much of it is color."""
