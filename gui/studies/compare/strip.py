"""A strip of variants of the stimulus, each with its winner under it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from core.scans.label_styles import LabelStyle, label_styles
from core.scans.plan import ScanPlan
from core.scans.result import NO_WINNER, ScanResult
from core.stimuli.render import render
from core.stimuli.stimulus import Figure
from gui.look.theme import Theme
from gui.studies.painting import draw_hatch, small

_PICTURE, _GAP, _MARGIN = 72, 10, 4


def to_image(figure: Figure) -> QImage:
    """A figure's pixels as an image that owns them."""
    pixels = np.ascontiguousarray(render(figure))
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class _Row(QWidget):
    """Paints the variants; the arrow keys move, Enter chooses."""

    pointed = Signal(int)
    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.plan: ScanPlan | None = None
        self.result: ScanResult | None = None
        self.template = 0
        self.current = -1
        self._pictures: list[QImage | None] = []
        self._looks: tuple[LabelStyle, ...] = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Variants of the stimulus")
        theme.changed.connect(self.update)

    def show_plan(self, plan: ScanPlan | None) -> None:
        """Draw the variants of a plan; their answers come later."""
        self.plan, self.result = plan, None
        self._pictures = []
        if plan is not None:
            self._looks = label_styles(plan.labels, plan.palette)
            for point in range(plan.setup.points):
                figure = plan.figure(plan.settings(point))
                self._pictures.append(None if isinstance(figure, str) else to_image(figure))
        self.current = min(self.current, len(self._pictures) - 1)
        self.updateGeometry()
        self.resize(self.sizeHint())
        self.update()

    def show_answers(self, result: ScanResult | None, template: int) -> None:
        """Write the winners under the variants."""
        self.result, self.template = result, template
        self.update()

    def sizeHint(self) -> QSize:
        count = max(1, len(self._pictures))
        width = 2 * _MARGIN + count * (_PICTURE + _GAP)
        return QSize(width, _PICTURE + 2 * self.fontMetrics().height() + 2 * _MARGIN + 6)

    def box_of(self, point: int) -> QRectF:
        """Where a variant's picture lies."""
        return QRectF(_MARGIN + point * (_PICTURE + _GAP), _MARGIN, _PICTURE, _PICTURE)

    def point_at(self, x: float) -> int:
        """The variant at a horizontal place; −1 beside them."""
        place = int((x - _MARGIN) // (_PICTURE + _GAP))
        return place if 0 <= place < len(self._pictures) else -1

    def winner_text(self, point: int) -> str:
        """The winner of a variant with its probability; empty before it is known."""
        if self.result is None or point >= len(self.result.tally.counts):
            return ""
        winner = int(self.result.tally.winners[point, self.template])
        if winner == NO_WINNER:
            return ""
        chance = self.result.tally.probabilities[point, self.template, winner]
        return f"{self._looks[winner].label} {100 * chance:.0f} %"

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.plan is None:
            return
        with QPainter(self) as painter:
            font, tokens = small(self.font()), self._theme.tokens
            values = self.plan.setup.x.values()
            first = max(0, self.point_at(max(float(event.rect().left()), _MARGIN + 1.0)))
            for point in range(first, len(self._pictures)):
                box = self.box_of(point)
                if box.left() > event.rect().right():
                    break
                picture = self._pictures[point]
                if picture is None:
                    draw_hatch(painter, box, tokens)
                else:
                    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                    painter.drawImage(box, picture)
                strong = point == self.current and self.hasFocus()
                painter.setPen(
                    QPen(QColor(tokens.accent), 2) if strong else QColor(tokens.border_strong)
                )
                painter.drawRect(box)
                self._write(painter, font, point, str(self.plan.setup.x.what.text(values[point])))

    def _write(self, painter: QPainter, font: QFont, point: int, title: str) -> None:
        tokens, box = self._theme.tokens, self.box_of(point)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        line = QRectF(box.left() - 4, box.bottom() + 3, box.width() + 8, metrics.height())
        painter.setPen(QColor(tokens.muted))
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown)
        line.translate(0, metrics.height() + 1)
        winner = self.winner_text(point)
        bold = painter.font()
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(tokens.text))
        shown = painter.fontMetrics().elidedText(
            winner, Qt.TextElideMode.ElideRight, int(line.width())
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._tell(self.point_at(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = self.point_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and point >= 0:
            self.current = point
            self.update()
            self.chosen.emit(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and self._pictures:
            place = self.current + steps[Qt.Key(event.key())]
            self.current = min(max(place, 0), len(self._pictures) - 1)
            self.update()
            self.pointed.emit(self.current)
            self._tell(self.current)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self.current >= 0:
            self.chosen.emit(self.current)
        else:
            super().keyPressEvent(event)

    def _tell(self, point: int) -> None:
        if point < 0 or self.plan is None:
            self.setToolTip("")
            return
        title = self.plan.setup.x.what.text(self.plan.setup.x.values()[point])
        self.setToolTip(f"{title}: {self.winner_text(point)}\nClick to put it on the canvas.")


class VariantStrip(QScrollArea):
    """A row of variants that scrolls sideways.

    Signals
    -------
    chosen(point)
        A variant was clicked.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = _Row(theme)
        self.setWidget(self.row)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.row.chosen.connect(self.chosen)
        self.row.pointed.connect(self._come)

    def show_plan(self, plan: ScanPlan | None) -> None:
        """Draw the variants of a plan."""
        self.row.show_plan(plan)
        self.setFixedHeight(self.row.sizeHint().height() + 14)

    def _come(self, point: int) -> None:
        box = self.row.box_of(point)
        self.ensureVisible(round(box.center().x()), round(box.center().y()), _PICTURE, 0)
