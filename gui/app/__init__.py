"""The start of the program, crashes, and the self-test."""
