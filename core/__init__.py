"""CLIP Color Lab's laboratory core: stimuli, models, prompts, predictions. Never imports Qt."""
