"""The strongest images of every unit, kept exactly while a set goes by.

A unit's list holds the K images with the largest values. Ties are broken by a seeded random order
of the images, never by the order of the set: a unit that sees only the flat background takes the
same value on thousands of images, and the first hundred of those may all show one word.

Value and tie key are packed into one integer (see `core.census.tops`), so that a list is the K
largest integers of a row, whatever the batches and their order: lists merge exactly.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from core.base.errors import ModelError
from core.census.tops import SUM_UNIT, UNUSED, ListState, TopImages, decoded, scrambled

CAPACITY = 300
_PENDING_VALUES = 1_000_000


class TopAccumulator:
    """Lists of U units on the model's device.

    Parameters
    ----------
    units : int
    seed : int
        Of the order in which tied images are taken.
    capacity : int
        K, the length of the lists.
    """

    def __init__(
        self, units: int, device: torch.device, seed: int = 0, capacity: int = CAPACITY
    ) -> None:
        self.seed = seed
        self.images = 0
        self.keys = torch.full((units, capacity), UNUSED, dtype=torch.int64, device=device)
        self.positions = torch.zeros((units, capacity), dtype=torch.int32, device=device)
        self.excess = torch.zeros(units, dtype=torch.int64, device=device)
        self.sums = torch.zeros(units, dtype=torch.int64, device=device)
        self._pending: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._pending_values = 0

    def add(self, values: torch.Tensor, positions: torch.Tensor, images: NDArray[np.int64]) -> None:
        """Take in a batch of B images; each image of a set must be added once.

        Parameters
        ----------
        values : tensor of float32, shape (B, U)
        positions : tensor of int32, shape (B, U)
        images : ndarray of int64, shape (B,)
            Numbers of the images, 0..2^32 − 1.

        Raises
        ------
        ModelError
            If a value is not finite.
        """
        if not len(images):
            return
        if not bool(torch.isfinite(values).all()):
            raise ModelError(
                "A neuron takes values that are not finite numbers.",
                "The weights are damaged or the chosen precision is too low; try fp32.",
            )
        low = torch.from_numpy(scrambled(images, self.seed)).to(values.device)
        keys = (_sortable(values).to(torch.int64) << 32) | low[:, None]
        self.sums += torch.round(values.to(torch.float64) / SUM_UNIT).to(torch.int64).sum(dim=0)
        self.images += len(images)
        self._pending.append((keys.T, positions.T))
        self._pending_values += keys.numel()
        if self._pending_values >= _PENDING_VALUES:
            self.flush()

    def flush(self) -> None:
        """Bring the lists up to date with everything added."""
        if not self._pending:
            return
        keys = torch.cat([pair[0] for pair in self._pending], dim=1)
        positions = torch.cat([pair[1] for pair in self._pending], dim=1)
        self._pending, self._pending_values = [], 0
        self._take_in(keys, positions, torch.zeros_like(self.excess))

    def merge(self, other: TopAccumulator) -> None:
        """Take in the lists of other images of the same set, made with the same seed."""
        if self.seed != other.seed or self.keys.shape != other.keys.shape:
            raise ValueError("lists of another seed or shape do not merge")
        self.flush()
        other.flush()
        self.images += other.images
        self.sums += other.sums
        self._take_in(other.keys, other.positions, other.excess)

    def _take_in(self, keys: torch.Tensor, positions: torch.Tensor, excess: torch.Tensor) -> None:
        """Merge lists (U, M) that left `excess` images out, tied with their last entry."""
        capacity = self.keys.shape[1]
        before, theirs = self.keys[:, -1] >> 32, keys.amin(dim=1) >> 32
        rows = torch.nonzero(keys.amax(dim=1) > self.keys[:, -1]).squeeze(1)
        dropped = torch.zeros_like(self.excess)
        # Lists that get no new entry may still tie with their last one.
        stays = torch.ones(len(self.keys), dtype=torch.bool, device=keys.device)
        stays[rows] = False
        dropped[stays] = ((keys[stays] >> 32) == before[stays, None]).sum(dim=1)
        if len(rows):
            all_keys = torch.cat([self.keys[rows], keys[rows]], dim=1)
            all_positions = torch.cat([self.positions[rows], positions[rows]], dim=1)
            kept, places = torch.topk(all_keys, capacity, dim=1, sorted=True)
            self.keys[rows] = kept
            self.positions[rows] = torch.gather(all_positions, 1, places)
            last = kept[:, -1:] >> 32
            tied = ((all_keys >> 32) == last).sum(dim=1) - ((kept >> 32) == last).sum(dim=1)
            dropped[rows] = torch.where(kept[:, -1] == UNUSED, 0, tied)
        after = self.keys[:, -1] >> 32
        self.excess = (
            dropped
            + torch.where(before == after, self.excess, 0)
            + torch.where(theirs == after, excess, 0)
        )
        self.excess[self.keys[:, -1] == UNUSED] = 0

    def result(self) -> TopImages:
        """The lists as arrays; see `TopImages`."""
        return decoded(self.state())

    def state(self) -> ListState:
        """All there is to store, as arrays; the inverse of `restored`."""
        self.flush()
        return {
            "keys": self.keys.cpu().numpy(),
            "positions": self.positions.cpu().numpy(),
            "excess": self.excess.cpu().numpy(),
            "sums": self.sums.cpu().numpy(),
            "images": np.array([self.images, self.seed], dtype=np.int64),
        }

    @classmethod
    def restored(cls, state: ListState, device: torch.device) -> TopAccumulator:
        """Go on from what `state` gave."""
        units, capacity = state["keys"].shape
        images, seed = (int(value) for value in state["images"])
        lists = cls(units, device, seed, capacity)
        lists.images = images
        for name in ("keys", "positions", "excess", "sums"):
            setattr(lists, name, torch.from_numpy(np.array(state[name])).to(device))
        return lists


def _sortable(values: torch.Tensor) -> torch.Tensor:
    """Int32 that sort like the floats; both zeros become one."""
    bits = (values.to(torch.float32) + 0.0).view(torch.int32)
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)
