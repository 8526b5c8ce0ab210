"""What all threads beside the window promise: a lack of memory is an expected failure, the number
of torch's threads is that of the preferences, and a stop is about one job alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from inspect import GEN_CLOSED, getgeneratorstate
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QThread

from core.base.errors import LabError
from core.models.files import store
from core.models.files.catalog import EMBEDDED_ENTRY
from core.models.files.events import Progress as Copied
from core.network.ablation import Ablation
from core.predict.prompts import prompt_set
from core.units.features.unit_pictures import UnitPictures
from gui.context.ablation import LiveAblation, LiveRequest
from gui.inspector.neurons.unit_picture_work import PageRequest, UnitPictureWork
from gui.jobs import model_files, priority
from gui.jobs.job_worker import JobWorker, Progress, Task
from gui.jobs.model_files import FileTask, ModelJobs
from gui.jobs.scans import ScanJobs
from tests.gui.conftest import WAIT
from tests.support.quick_model import QuickModel
from tests.support.unit_tab import TOP

LACKS = (MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"))


@pytest.fixture(params=LACKS, ids=["python", "torch"])
def lack(request):
    return request.param


@pytest.fixture
def stopping():
    """Stops what a test began."""
    with contextlib.ExitStack() as stack:
        yield lambda work: (stack.callback(work.deleteLater), stack.callback(work.stop), work)[2]


def raising(error):
    def fail(*_args, **_more):
        raise error

    return fail


def is_expected(error: object, what: str) -> bool:
    """An error for people, with a hint."""
    assert isinstance(error, LabError)
    return f"not enough memory for {what}" in error.message and "smaller model" in error.hint


def told(qtbot, failed, crashed, act) -> object:
    """The error that a thread told of; it must not have reported a fault of the program."""
    crashes: list[object] = []
    crashed.connect(crashes.append)
    with qtbot.waitSignal(failed, timeout=WAIT) as signal:
        act()
    QCoreApplication.processEvents()
    assert crashes == []
    return signal.args[-1]


@pytest.mark.logs("not enough memory for Quick")
def test_r84_predictions(ready_lab, lack, qtbot):
    lab = ready_lab
    lab.inference.session.before_images = raising(lack)
    error = told(
        qtbot,
        lab.inference.failed,
        lab.inference.crashed,
        lambda: lab.document.change_stimulus("move", center_x=0.4),
    )
    assert is_expected(error, "Quick")


def test_r84_looks_at_the_model(ready_lab, lack, qtbot):
    live = ready_lab.inference
    error = told(qtbot, live.look_failed, live.crashed, lambda: live.look(raising(lack)))
    assert is_expected(error, "a look into Quick")


@pytest.mark.logs("not enough memory for other")
def test_r84_loading_a_model(ready_lab, loader, lack, qtbot):
    loader.before_load = raising(lack)
    live = ready_lab.inference
    error = told(qtbot, live.model_failed, live.crashed, lambda: ready_lab.use_model("other"))
    assert "not enough memory for other" in str(error)


def test_r84_scans(qapp, lack, qtbot, stopping):
    jobs = stopping(ScanJobs(raising(AssertionError())))

    def work(_tools):
        raise lack
        yield

    error = told(qtbot, jobs.failed, jobs.crashed, lambda: jobs.scan("curve", work))
    assert is_expected(error, "the scan")


def test_r84_predictions_without_units(qapp, lack, qtbot, stopping, monkeypatch):
    monkeypatch.setattr(LiveAblation, "_judge", raising(lack))
    worker = stopping(LiveAblation())
    request = LiveRequest(QuickModel(), None, prompt_set(("{}",), ("red",)), Ablation(title="none"))
    error = told(qtbot, worker.failed, worker.crashed, lambda: worker.judge(request))
    assert is_expected(error, "the predictions without neurons")
    assert not worker.busy("judge")


def test_r84_pictures_of_units(census, lack, qtbot, stopping, monkeypatch):
    monkeypatch.setattr(UnitPictures, "thumbnail", raising(lack))
    monkeypatch.setattr(UnitPictures, "unit_in_set", raising(lack))
    work = stopping(UnitPictureWork())
    work.show(census, "stroop", TOP)
    error = told(qtbot, work.failed, work.crashed, lambda: work.want(range(4)))
    assert is_expected(error, "the neuron features")
    page = PageRequest(census, 0, TOP, 4)
    error = told(qtbot, work.page_failed, work.crashed, lambda: work.ask_page(page))
    assert is_expected(error, "the pictures of the neuron")


@pytest.mark.logs("download of .* stopped: There is not enough memory")
def test_r84_files_of_models(qapp, lack, qtbot, stopping, monkeypatch):
    monkeypatch.setattr(model_files, "files_of", raising(lack))
    jobs = stopping(ModelJobs())
    crashes: list[object] = []
    jobs.crashed.connect(crashes.append)
    job = jobs.download(EMBEDDED_ENTRY)
    qtbot.waitUntil(lambda: job.error is not None, timeout=WAIT)
    assert is_expected(job.error, f"the download of {EMBEDDED_ENTRY.title}")
    assert crashes == []


def test_a_file_that_is_given_up_is_let_go_at_once(monkeypatch, tmp_path):
    def copied(*_asked):
        yield Copied("copying", 1, 2)

    began = copied()
    monkeypatch.setattr(store, "import_path", lambda *_asked: began)
    events = FileTask(tmp_path, "weights", "import").events(lambda: None)
    next(events)
    events.close()
    assert getgeneratorstate(began) == GEN_CLOSED  # not only once nobody knows it any more


@dataclass(frozen=True, eq=False)
class Does(Task):
    """Does what it was made with."""

    do: Callable

    def events(self, go_on):
        yield from self.do(go_on)


@pytest.fixture
def worker(qapp, stopping):
    made = JobWorker("jobs", 0)
    stopping(SimpleNamespace(stop=lambda: (made.request_stop(), made.wait()), deleteLater=int))
    return made


def a_job(do) -> Task:
    return Does(Path("a-job"), "A job", do)


@pytest.mark.logs("the job in a-job stopped: There is not enough memory")
def test_r84_long_work(worker, lack, qtbot):
    error = told(qtbot, worker.ended, worker.crashed, lambda: worker.begin(a_job(raising(lack))))
    assert is_expected(error, "the job")


def test_r64_a_stop_is_about_one_job_and_nothing_after_it(worker, qtbot):
    """It may come when the job has just ended."""
    first, second = a_job(lambda _go_on: iter_nothing()), a_job(lambda go_on: [go_on(), "done"])
    with qtbot.waitSignal(worker.ended, timeout=WAIT):
        worker.begin(first)
    worker.stop_task(first, "paused")
    with qtbot.waitSignal(worker.ended, timeout=WAIT) as ended:
        worker.begin(second)
    assert ended.args == [second, "finished", None]


def test_what_is_done_is_not_paused_however_late_the_wish(worker, qtbot):
    task = None

    def work(_go_on):
        yield Progress(1, 2)
        worker.stop_task(task, "paused")
        yield Progress(2, 2)

    task = a_job(work)
    with qtbot.waitSignal(worker.ended, timeout=WAIT) as ended:
        worker.begin(task)
    assert ended.args == [task, "finished", None]


@pytest.mark.parametrize("stop", ["paused", "cancelled"])
def test_a_task_ends_where_it_yields_and_is_closed(worker, qtbot, stop):
    closed: list[str] = []

    def work(_go_on):
        try:
            while True:
                yield Progress(1, 2)
        finally:
            closed.append("closed")

    task = a_job(work)
    with qtbot.waitSignal(worker.reported, timeout=WAIT):
        worker.begin(task)
    with qtbot.waitSignal(worker.ended, timeout=WAIT) as ended:
        worker.stop_task(task, stop)
    assert ended.args == [task, stop, None] and closed == ["closed"]


@pytest.mark.logs("InvalidInput: Empty has seen no natural pictures")
def test_r77_every_thread_follows_the_preferences(ready_lab, qtbot, stopping, monkeypatch):
    """Also that of the predictions without units, and back to torch's own choice."""
    lab = ready_lab
    given: dict[str, list[int]] = {}

    def limit(threads: int) -> None:
        given.setdefault(QThread.currentThread().objectName(), []).append(threads)

    monkeypatch.setattr(priority, "limit_torch", limit)
    monkeypatch.setattr(LiveAblation, "_judge", raising(LabError("no neurons")))
    scans = stopping(ScanJobs(lab.inference.loader))
    lab.adopt(scans)
    live, studies = lab.ablation._worker, lab.ablation.jobs
    empty = SimpleNamespace(sets={}, record=SimpleNamespace(title="Empty"))
    request = LiveRequest(QuickModel(), None, prompt_set(("{}",), ("red",)), Ablation(title="none"))
    for threads in (1, 0):
        lab.change_settings(threads=threads)
        with qtbot.waitSignal(live.failed, timeout=WAIT):
            live.judge(request)
        with qtbot.waitSignal(scans.ended, timeout=WAIT):
            scans.scan("curve", lambda _tools: iter_nothing())
        with qtbot.waitSignal(studies.unmeasured, timeout=WAIT):
            studies.measure_means(empty, None)
        with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
            lab.document.change_stimulus("move", center_x=0.3 + 0.1 * threads)
    assert given == {name: [1, 0] for name in ("ablation", "scans", "measurements", "inference")}


def iter_nothing():
    yield from ()


def test_r64_thumbnails_are_drawn_without_a_folder_for_them(census, qtbot, stopping, profile):
    (profile / "cache").write_text("a file where the folder should be")
    work = stopping(UnitPictureWork())
    work.show(census, "stroop", TOP)
    with qtbot.waitSignal(work.thumbnails, timeout=WAIT):
        work.want(range(4))
