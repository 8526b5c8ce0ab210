"""Training of small CLIPs from a caption distribution written in a TOML file."""
