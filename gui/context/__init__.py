"""What every pane gets: the document, the stimulus, the model, the ablation."""
