"""The winning label over two parameters."""
