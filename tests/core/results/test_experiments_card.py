"""The paper's tables on the model card equal what a plain loop over the pictures gives."""

from __future__ import annotations

import numpy as np
import pytest

from core.color.terms import COLOR_TERMS
from core.models.loading import load_session
from core.predict.prompts import fill
from core.stimuli.factorial import StroopSet
from core.stimuli.render import render
from core.training.card import paper_tables

FONT = "The word is written in {} font"


@pytest.mark.slow
def test_the_cards_tables_equal_a_plain_loop():
    session = load_session("embedded")
    texts = session.encode_texts([fill(FONT, term) for term in COLOR_TERMS])
    named = {"figure": 0, "subject": 0, "background": 0}
    stimuli = StroopSet(samples=1, side=96)
    white = [item for item in stimuli if item.condition.background == "white"]
    for item in white:
        image = render(item.stimulus)[None]
        answer = COLOR_TERMS[int(np.argmax(session.encode_images(image) @ texts.T))]
        for part in named:
            named[part] += answer == getattr(item.condition, part)
    tables = list(paper_tables(session, 1))
    assert [table[2:9] for table in tables] == [f"Table {n}" for n in (1, 2, 2, 3, 4, 5)]
    shares = [named["figure"], named["subject"], 90 - named["figure"] - named["subject"]]
    expected = " | ".join(f"**{100 * share / 90:.2f}**" for share in shares)
    assert tables[4].splitlines()[-1] == f"| **all** | {expected} | **90** |"
    assert "only for OpenAI" not in tables[4], "the card tells about this model alone"
