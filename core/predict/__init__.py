"""What a model calls a picture: prompts, predictions, scores, and how they came about."""
