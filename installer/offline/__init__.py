"""A folder with all that a computer without a network needs: packages, program, models, script."""
