"""Theme, stylesheet and icons."""
