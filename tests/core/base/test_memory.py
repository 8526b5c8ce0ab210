"""Memory that ran out is an expected failure, however it is said; torch's own choice of threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from core.base.errors import ModelError, RunError, expected_error, is_out_of_memory
from core.models import threads

LACKS = (
    MemoryError(),
    np._core._exceptions._ArrayMemoryError((10**9, 10**9), np.dtype(np.float32)),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
)


@pytest.mark.parametrize("lack", LACKS, ids=lambda lack: type(lack).__name__)
def test_r84_a_lack_of_memory_is_an_expected_failure_with_a_hint(lack: Exception) -> None:
    assert is_out_of_memory(lack)
    error = expected_error(lack, "the scan")
    assert isinstance(error, ModelError)
    assert error.message == "There is not enough memory for the scan."
    assert "smaller model" in error.hint


def test_r84_expected_failures_stay_and_faults_of_the_program_are_none() -> None:
    error = RunError("The disk is full.", "Make space.")
    assert expected_error(error, "the run") is error
    for fault in (RuntimeError("a bug"), ValueError("out of memory"), KeyError("x")):
        assert expected_error(fault, "the run") is None


def test_r77_torch_gets_its_own_choice_back_in_every_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new thread starts with the last limit of any other, which is no choice of torch's."""
    before = torch.get_num_threads()
    seen: list[int] = []

    def later() -> None:
        threads.limit_threads(0)
        seen.append(torch.get_num_threads())

    try:
        torch.set_num_threads(3)  # as if this were torch's choice
        monkeypatch.setattr(threads, "_own_choice", None)
        threads.limit_threads(1)
        assert torch.get_num_threads() == 1
        thread = threading.Thread(target=later)
        thread.start()
        thread.join()
        threads.limit_threads(0)
        assert seen == [3]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
