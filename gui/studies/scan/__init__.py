"""Curves along one parameter."""
