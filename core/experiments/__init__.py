"""The paper's experiments: which pictures, which prompts, and how answers are summed up."""
