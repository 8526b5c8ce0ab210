"""What a sweep's answers do not depend on, and what does not grow while it runs.

The same images are asked about in batches of any size, by the sweep and by a loop over PNG files
as anybody would write it with open_clip; runs of thousands of shards and of billions of images.
"""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import open_clip
import pyarrow as pa
import pyarrow.compute
import pytest
import torch
from PIL import Image

from core.models.loading import load_session
from core.results.results import result_tables
from core.runs.work import Span
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.render import render
from core.sweeps.counts import AnswerCounts
from core.sweeps.events import ShardWritten
from core.sweeps.merge import merge
from core.sweeps.run import sweep
from core.sweeps.run_folder import RunFolder
from tests.core.sweep_runs import finish, new_run, small_plan

LONG = int(os.environ.get("BREAKING_MOMENTS", "4")) > 4
"""True under ``make test-slow``."""


@pytest.fixture(scope="module")
def session():
    return load_session("embedded")


@pytest.fixture(scope="module", autouse=True)
def weights(session):
    """A copy of the model's weights before anything was done with it."""
    return {name: value.clone() for name, value in session.model.state_dict().items()}


@pytest.fixture(scope="module", params=[ShapeSet, WhiteStroop])
def plan(request, session):
    samples = 4 if request.param is WhiteStroop else 1
    return small_plan(session, request.param(samples=samples, side=96, seed=11))


@pytest.fixture(scope="module")
def reference(tmp_path_factory, plan, session):
    run = RunFolder.create(tmp_path_factory.mktemp("reference") / "run", plan, session.info)
    finish(run, session, batch_size=64)
    return run


@pytest.mark.parametrize("batch_size", [1, 7, 256])
def test_r12_answers_do_not_depend_on_the_batch_size(
    tmp_path, plan, session, reference, batch_size
):
    run = RunFolder.create(tmp_path / "run", plan, session.info)
    finish(run, session, batch_size=batch_size)
    found, wanted = run.rows(), reference.rows()
    for name in ("index", "subject", "figure", "background", "font", "area", "template"):
        assert found.column(name).equals(wanted.column(name)), name
    for name in ("cosine", "margin", *(f"p_{label}" for label in plan.labels)):
        ours, theirs = (table.column(name).to_numpy() for table in (found, wanted))
        # Probabilities are steeper than cosines by the model's scale.
        tolerance = 1e-5 * (1 if name == "cosine" else session.info.logit_scale)
        assert np.abs(ours - theirs).max() <= tolerance, name
    # Whichever of the two is near the edge of being close, the answer may be the other one's.
    near = wanted.column("margin").to_numpy() < 1e-3
    decided = pa.compute.invert(wanted.column("close"))
    for name in ("answer", "role"):
        assert found.column(name).filter(decided).equals(wanted.column(name).filter(decided))
    assert found.column("close").filter(~near).equals(wanted.column("close").filter(~near))
    assert np.array_equal(found.column("ties"), wanted.column("ties"))


def test_r11_answers_do_not_depend_on_other_images_or_earlier_use(
    tmp_path, plan, session, weights, reference
):
    """The last images alone, in a model that did other things before, and the model unchanged."""
    run = RunFolder.create(tmp_path / "run", plan, session.info)
    # All but the last 64 images count as done.
    span = Span(0, len(plan) // 64 * 64 - 64)
    run.write(span, reference.rows().slice(0, span.stop * len(plan.templates)))
    session.encode_images(np.full((3, 96, 96, 3), 77, np.uint8))
    finish(run, session, batch_size=64)
    assert run.rows().equals(reference.rows())
    after = session.model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in weights.items())
    assert not session.model.training


def brute_force(session, plan, folder: Path, indices: range) -> np.ndarray:
    """Answers of a loop over PNG files: Pillow, open_clip's transform, `encode_image`, arg-max."""
    info, model = session.info, session.model
    transform = open_clip.image_transform(
        info.preprocessing.side,
        is_train=False,
        mean=info.preprocessing.mean,
        std=info.preprocessing.std,
    )
    tokenizer = open_clip.tokenizer.SimpleTokenizer(context_length=info.context_length)
    texts = []
    with torch.no_grad():
        for template in plan.templates:
            prompts = [template.replace("{}", label) for label in plan.labels]
            texts.append(model.encode_text(tokenizer(prompts), normalize=True))
        answers = []
        for index in indices:
            path = folder / f"{index}.png"
            Image.fromarray(render(plan.stimuli.spec(index).stimulus)).save(path)
            with Image.open(path) as picture:
                tensor = transform(picture)[None]
            embedding = model.encode_image(tensor, normalize=True)
            answers.append([int((embedding @ text.T).argmax()) for text in texts])
    return np.array(answers)


def test_answers_equal_those_of_a_loop_over_png_files(tmp_path, plan, session, reference):
    indices = range(0, len(plan), 3 if not LONG else 1)
    wanted = brute_force(session, plan, tmp_path, indices).reshape(-1)
    rows = reference.rows(["index", "answer", "close"])
    rows = rows.filter(pa.compute.is_in(rows.column("index"), pa.array(indices)))
    close = rows.column("close").to_pylist()
    assert sum(close) < 0.01 * len(close)
    answers = zip(rows.column("answer").to_pylist(), wanted, close, strict=True)
    assert all(near or answer == plan.labels[number] for answer, number, near in answers)
    assert len(np.unique(wanted)) > 5


def live_tensors() -> int:
    """Bytes of all tensors that are alive."""
    gc.collect()
    found = {}
    for thing in gc.get_objects():
        if issubclass(type(thing), torch.Tensor):  # asking an instance wakes lazy modules
            storage = thing.untyped_storage()
            found[storage.data_ptr()] = storage.nbytes()
    return sum(found.values())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system as Linux answers")
def test_r26_open_files_and_memory_stay_flat_over_many_shards(tmp_path, session):
    samples, every = (21, 8) if LONG else (1, 4)
    plan = small_plan(session, StroopSet(samples=samples, side=96))
    run = new_run(tmp_path / "run", plan, session, shard_size=32)
    files, tensors, memory, python = [], [], [], []
    gc.freeze()  # what is there already is not looked through again and again
    tracemalloc.start()
    try:
        for event in sweep(run, session, batch_size=32):
            if isinstance(event, ShardWritten) and (event.stop // 32) % every == 0:
                files.append(open_files())
                tensors.append(live_tensors())
                memory.append(resident())
                python.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    assert len(run.shards()) >= 30 * samples
    settled = len(files) // 4  # by then every buffer and cache has been used
    assert max(files[settled:]) == min(files[settled:])
    # Of a crossed set, the masks of at most two or three subjects are held at a time.
    assert max(tensors[settled:]) - min(tensors[settled:]) <= 4 * 96 * 96
    assert max(python[settled:]) - python[settled] < 2 * 2**20
    assert max(memory[settled:]) - memory[settled] < 48 * 2**20


def test_r44_a_set_of_billions_of_images_is_counted_and_numbered_right(tmp_path, session):
    """The last images of a set that no 32-bit number can count."""
    plan = small_plan(session, WhiteStroop(samples=29_999_992, side=96))
    total = len(plan)
    run = RunFolder.create(tmp_path / "run", plan, session.info)
    events = finish(run, session, batch_size=64, part=(total, total))
    first, stop = run.shards()[0].span
    assert (first, stop) == (2_699_999_232, total) and first > 2**31
    table = run.rows()
    assert str(table.schema.field("index").type) == "int64"
    indices = table.column("index").to_numpy()
    assert np.array_equal(indices, np.repeat(np.arange(first, total), 2))
    assert np.array_equal(table.column("sample").to_numpy(), indices // 90)
    for row in (0, 33, len(table) - 1):
        item = plan.stimuli.spec(int(indices[row]))
        found = table.slice(row, 1).to_pylist()[0]
        assert (found["subject"], found["figure"]) == (
            item.condition.subject,
            item.condition.figure,
        )
        assert found["font"] == item.stimulus.font
    assert run.done() == run.counts().images == total - first == events[-1].done
    assert [tuple(span) for span in run.missing()] == [(0, first)]
    other = RunFolder.create(tmp_path / "other", plan, session.info)
    assert merge(other.path, run.path) == total - first
    assert RunFolder.open(other.path).rows().equals(table)


def test_r44_tables_of_billions_of_answers_are_exact(session):
    plan = small_plan(session, WhiteStroop(samples=2**31, side=96))
    combinations = len(plan.stimuli.combinations)
    counts = AnswerCounts.empty(2, combinations, 11)
    conditions = plan.stimuli.combinations
    for number, condition in enumerate(conditions):
        label = plan.labels.index(condition.subject)
        counts.answers[:, number, label] = 2**32 + number
        counts.answers[:, number, 1] += 2**32 - number  # white: none of the three
        counts.margins[:, number, label] = 2**61
    table = result_tables(plan, counts, ids=["fonts-white-1"])[0]
    shares = {
        column.id: cell for column, cell in zip(table.columns, table.rows[-1].cells, strict=True)
    }
    written = shares["written"]
    assert table.rows[-1].total
    assert written.count == sum(2**32 + number for number in range(combinations))
    assert written.total == combinations * 2**33
    assert written.share == pytest.approx(0.5, abs=1e-6)
    assert 0 < written.high - written.low < 1e-5
