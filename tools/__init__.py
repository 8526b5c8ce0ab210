"""Scripts that set up, check and picture the lab; none of them is part of it."""
