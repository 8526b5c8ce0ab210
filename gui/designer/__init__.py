"""The designer: the canvas of the model's own pixels and the fields that shape a stimulus."""
