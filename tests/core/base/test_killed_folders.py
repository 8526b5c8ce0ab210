"""What a kill in the middle of a write leaves, as other programs see it."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
from pathlib import Path

import pytest

from core.models.loading import load_session
from core.stimuli.factorial import WhiteStroop
from core.sweeps.run_folder import RunFolder
from core.sweeps.stimulus_folder import export_set
from tests.core.experiment_runs import small_stimuli
from tests.core.sweep_runs import new_run, small_plan

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")

DOCS = Path(__file__).resolve().parents[3] / "docs"
BLOCKS = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
DATA_ENDINGS = (".parquet", ".csv", ".png", ".json", ".safetensors", ".npz")


def documented(page: str, word: str) -> list[str]:
    """The snippets of a page that read the rows of a run with a library."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = [block for block in BLOCKS.findall(text) if word in block and "my-run" in block]
    assert found
    return found


@pytest.mark.parametrize(
    ("function", "number"), [("fsync", 8), ("fsync", 12), ("replace", 4), ("replace", 6)]
)
def test_r72_after_a_kill_in_a_write_the_lines_of_the_guide_read_what_is_finished(
    tmp_path, worker, monkeypatch, function, number
):
    session = load_session("embedded")
    plan = small_plan(session, WhiteStroop(samples=4, side=96))
    run = new_run(tmp_path / "my-run", plan, session)
    said = worker.work(run.path, die=[function, number])
    assert said[-1] == {"status": -signal.SIGKILL}
    left = sorted(run.rows_folder.iterdir())
    done = RunFolder.open(run.path).done()
    whole = [path for path in left if path.suffix == ".parquet"]
    assert len(left) == len(whole) + 1, "a kill before the file gets its name"
    assert whole == [shard.path for shard in run.shards()] and done == 48 * len(whole)
    monkeypatch.chdir(tmp_path)
    for page in ("elsewhere.md", "experiments.md"):
        for library in ("polars", "pandas"):
            for block in documented(page, library):
                names: dict = {}
                exec(compile(block, page, "exec"), names)  # noqa: S102
    assert done and rows_counted() == {done * len(plan.templates)}


def rows_counted() -> set[int]:
    """By each library that is here, over what the guide names."""
    import pandas as pd
    import polars as pl

    counts = {
        len(pd.read_parquet("my-run/rows")),
        pl.scan_parquet("my-run/rows/*.parquet").select(pl.len()).collect().item(),
    }
    if importlib.util.find_spec("duckdb"):
        import duckdb

        found = duckdb.sql("SELECT count(*) FROM 'my-run/rows/*.parquet'").fetchall()
        counts.add(found[0][0])
    return counts


def test_r72_a_half_written_sample_of_stimuli_lies_where_no_pattern_finds_it(tmp_path):
    folder = tmp_path / "stimuli"
    events = export_set(folder, small_stimuli("experiment-4", 2, side=24))
    while next(events).done < 128:  # in the middle of the second sample
        pass
    images = [path.relative_to(folder).parts for path in (folder / "images").rglob("*.png")]
    assert {parts[1] for parts in images} == {"0000"} and len(images) == 90
    events.close()


def test_r72_no_writer_gives_an_unfinished_file_the_ending_of_data(tmp_path, monkeypatch):
    """Looked at while each of them is flushed, which is the last moment before it gets its name."""
    seen: set[Path] = set()
    fsync = os.fsync

    def look(descriptor: int) -> None:
        seen.update(path for path in tmp_path.rglob("*") if "writing" in str(path))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    session = load_session("embedded")
    plan = small_plan(session, WhiteStroop(samples=1, side=96))
    run = new_run(tmp_path / "run", plan, session)
    from tests.core.sweep_runs import finish

    finish(run, session)
    list(export_set(tmp_path / "set", small_stimuli("experiment-4", 1, side=24)))
    files = {path for path in seen if not path.is_dir()}
    assert any("rows" in str(path) for path in files)
    assert not [path.name for path in files if path.suffix in DATA_ENDINGS]
