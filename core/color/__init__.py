"""Color terms and color spaces."""
