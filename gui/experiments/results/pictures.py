"""From a number to its pictures: the panel that shows the images a cell counts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from core.base.errors import LabError
from core.results.result_types import Difference, Share
from gui.experiments.results.picture_list import ThumbnailList
from gui.experiments.results.picture_loader import (
    PAGE,
    Page,
    PictureLoader,
    PictureRequest,
    Thumbnail,
)
from gui.jobs.faults import surface
from gui.jobs.latest_worker import Request
from gui.look.theme import Theme, number_font
from gui.widgets.build import STRETCH, IconButton, column, label, row
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.wheel import Combo


class PicturesPanel(QWidget):
    """Pages through the images of one cell; `page` is what is shown.

    Signals
    -------
    open_wanted(thumbnail, page)
        An image shall be opened in the designer; `Page` has its plan and template.
    opened(), closed()
    """

    open_wanted = Signal(object, object)
    opened = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tool = partial(IconButton, theme, parent=self)
        self._request: PictureRequest | None = None
        self.page: Page | None = None
        self._sides: list[tuple[str, Path, Share]] = []
        self.setObjectName("picturesPanel")
        self.loader = PictureLoader(self)
        self.title = ElidedLabel("heading", self)
        self.close_button = tool("close", "Close the images (Escape)", self.close_panel)
        self.side = Combo(self, "Run")
        tip = (
            "Shuffled: a random order that is the same each time.\n"
            "In order: as the set numbers them."
        )
        orders = (("Shuffled", True), ("In order", False))
        self.order = Combo(self, "Order of the images", tip, orders)
        self.range = label("", "muted", self)
        self.range.setFont(number_font())
        self.back = tool("previous", "Previous page (Page Up)", lambda: self.turn(-1))
        self.forward = tool("next", "Next page (Page Down)", lambda: self.turn(1))
        self.list = ThumbnailList(theme, self)
        self.empty = label("", "muted", self, wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = row((self.title, 1), self.close_button, spacing=4)
        pages = self.range, self.back, self.forward
        tools = row(self.side, self.order, STRETCH, *pages, spacing=4)
        column(head, tools, (self.list, 1), (self.empty, 1), on=self, spacing=4)
        self.list.left.connect(self.close_panel)
        self.list.page_wanted.connect(self.turn)
        self.list.opened.connect(self._open)
        self.order.activated.connect(self._take_order)
        self.side.activated.connect(self._take_side)
        self.loader.reported.connect(self._show_page)
        self.loader.failed.connect(self._on_failed)
        self.loader.crashed.connect(surface)
        self.hide()

    def show_cell(
        self, cell: Share | Difference, place: str, path: Path, other: Path | None = None
    ) -> None:
        """Show the images of a cell, whose place is given in words.

        Parameters
        ----------
        path, other : Path
            Folders of the run and, for a `Difference`, of the second run.
        """
        if isinstance(cell, Difference) and other is not None:
            self._sides = [("First run", path, cell.first), ("Second run", other, cell.second)]
        else:
            assert isinstance(cell, Share)
            self._sides = [("", path, cell)]
        self.side.clear()
        self.side.addItems([name for name, _path, _share in self._sides])
        self.side.setVisible(len(self._sides) > 1)
        self.title.show_text(place)
        self.show()
        self.opened.emit()
        self._take_side(0, place)

    def turn(self, step: int) -> None:
        """Another page, if there is one."""
        page = self.page
        if page is not None and 0 <= page.request.page + step < _pages(page.total):
            self._ask(page.request.turned(step))

    def close_panel(self) -> None:
        """Put the panel away."""
        self.loader.forget()
        self._request = self.page = None
        self.list.show_page(())
        self.hide()
        self.closed.emit()

    def _take_side(self, side: int, place: str = "") -> None:
        _name, path, share = self._sides[side]
        shuffled = bool(self.order.currentData())
        self._ask(PictureRequest(path, share.selection, place or self.title.whole, shuffled))

    def _take_order(self) -> None:
        if self._request is not None:
            shuffled = bool(self.order.currentData())
            self._ask(replace(self._request, shuffled=shuffled, page=0))

    def _ask(self, request: PictureRequest) -> None:
        self._request = request
        self.range.setText("Drawing…")
        self.loader.load(request)

    def _show_page(self, _request: Request, page: Page) -> None:
        self.page = page
        self.list.show_page(page.thumbnails)
        first = page.request.page * PAGE
        shown = f"{first + 1:,}–{first + len(page.thumbnails):,} of {page.total:,}"
        self.range.setText(shown if page.total else "none yet")
        self.back.setEnabled(page.request.page > 0)
        self.forward.setEnabled(page.request.page + 1 < _pages(page.total))
        self._show_empty(
            "" if page.total else "The images of this cell are not on the disk yet; try again soon."
        )

    def _on_failed(self, _request: Request, error: LabError) -> None:
        self.page = None
        self.range.setText("")
        self.list.show_page(())
        self._show_empty(str(error))

    def _show_empty(self, text: str) -> None:
        self.empty.setText(text)
        self.empty.setVisible(bool(text))
        self.list.setVisible(not text)

    def _open(self, thumbnail: Thumbnail) -> None:
        if self.page is not None:
            self.open_wanted.emit(thumbnail, self.page)


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE))
