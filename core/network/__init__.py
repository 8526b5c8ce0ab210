"""The towers of a model: layers, hooks, maps, silenced neurons."""
