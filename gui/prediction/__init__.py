"""The prediction pane: what the model calls the stimulus, one card for each template."""
