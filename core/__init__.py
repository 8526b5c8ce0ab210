"""CLIP Color Lab's laboratory core: stimuli, models, prompts, predictions. Never imports Qt."""

import sys

from core.former_names import FormerNames

sys.meta_path.append(FormerNames())
