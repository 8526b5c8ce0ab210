"""How cells of result tables are drawn: a number, its interval, a bar, the published figure.

The bar runs over 0–100 %: its filled part is the share, the fine line its interval, and the
upright mark the published figure. Where there is little room the parts of a cell stand below one
another. In matrices the ground of a cell is tinted by its share instead.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterStateGuard,
    QPen,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.color.spaces import from_hex
from core.results.result_types import Cell, Difference, Share
from core.results.text.percent import percent, percent_range, points, points_range
from gui.experiments.results.cell_text import cell_text, is_clear
from gui.experiments.results.table_model import Index, ResultTableModel
from gui.look.theme import Theme, Tokens, number_font
from gui.widgets.images import SWATCH_SIDE

MARGIN, _COMPACT_MARGIN = 9, 6
_BAR, _BAR_GAP, _LINE_GAP = 4, 5, 1
_PADDING = 5
_GAP, _COMPACT_GAP = 12, 6
_DEEPEST = 0.6
"""How much of the accent color the ground of a full cell of a matrix takes on."""
_SMALL_POINTS = 8.5

_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_RIGHT = _MIDDLE | Qt.AlignmentFlag.AlignRight
_LEFT = _MIDDLE | Qt.AlignmentFlag.AlignLeft
_CENTER = Qt.AlignmentFlag.AlignCenter


class ResultDelegate(QStyledItemDelegate):
    """Paints the cells of a `ResultTableModel`.

    Attributes
    ----------
    compact : bool
        Narrow cells: number, interval and published figure below one another.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.compact = False
        self.number = number_font()
        self.strong = number_font()
        self.strong.setWeight(QFont.Weight.DemiBold)
        self.small = number_font(_SMALL_POINTS)

    # --- sizes ---

    def row_height(self, model: ResultTableModel, row: int) -> int:
        """Height of a row: lines of text, and a bar where shares have one."""
        table = model.table
        assert table is not None
        line = QFontMetricsF(self.number).height()
        if table.is_matrix:
            return round(line + 2 * _PADDING)
        cells = table.rows[row].cells
        below = max(map(self._lines_below, cells), default=0)
        lines = below * (QFontMetricsF(self.small).height() + _LINE_GAP)
        bar = _BAR + _BAR_GAP if any(isinstance(c, Share | Difference) for c in cells) else 0
        return round(line + lines + bar + 2 * _PADDING)

    def _lines_below(self, cell: Cell) -> int:
        """Lines of small text below the number of a cell."""
        if isinstance(cell, Difference):
            return 3 if self.compact else 1
        if isinstance(cell, Share):
            return int(self.compact) + int(cell.published is not None)
        return 0

    def cell_width(self, model: ResultTableModel, column: int) -> int:
        """Least width at which no cell of a column is cut."""
        table = model.table
        assert table is not None
        rows = range(len(table.rows))
        if column < model.names:
            names = (table.rows[row].names[column] for row in rows)
            swatch = 20 if any(model.data(model.index(r, column), 1) for r in rows) else 0
            metrics = QFontMetricsF(self.strong)
            return round(max(map(metrics.horizontalAdvance, names), default=0) + swatch + 2 * 10)
        cells = [table.rows[row].cells[column - model.names] for row in rows]
        if table.is_matrix:
            widest = QFontMetricsF(self.number).horizontalAdvance("100.0")
            numbers = (QFontMetricsF(self.number).horizontalAdvance(cell_text(c)) for c in cells)
            counts = isinstance(next(filter(None, cells), None), int)
            return round((max(numbers, default=0) if counts else widest) + 2 * 8)
        return max((self._natural_width(cell) for cell in cells), default=40)

    def _natural_width(self, cell: Cell) -> int:
        strong, small = QFontMetricsF(self.strong), QFontMetricsF(self.small)
        gap = _COMPACT_GAP if self.compact else _GAP
        margins = 2 * self.margin
        if isinstance(cell, Share):
            number = strong.horizontalAdvance("100.00 %")
            interval = small.horizontalAdvance("100.00–100.00")
            published = small.horizontalAdvance(published_text(cell, True, self.compact))
            if cell.published is not None:
                published += gap + small.horizontalAdvance("+00.00")
            first = max(number, interval) if self.compact else number + gap + interval
            return round(max(first, published) + margins)
        if isinstance(cell, Difference):
            interval = small.horizontalAdvance("+00.00 to +00.00")
            if self.compact:
                return round(interval + margins)
            both = small.horizontalAdvance("first 100.00 %   second 100.00 %")
            number = strong.horizontalAdvance("+00.00")
            return round(max(both, number + gap + interval) + margins)
        return round(QFontMetricsF(self.number).horizontalAdvance(cell_text(cell)) + margins)

    @property
    def margin(self) -> int:
        """Left and right of a cell."""
        return _COMPACT_MARGIN if self.compact else MARGIN

    def note_height(self, model: ResultTableModel, width: int) -> int:
        """Height of the notes at a width."""
        metrics = QFontMetricsF(self.number)
        box = QRectF(0, 0, max(80, width - 2 * MARGIN), 10_000)
        flags = int(Qt.TextFlag.TextWordWrap)
        heights = (metrics.boundingRect(box, flags, note).height() for note in model.notes)
        return round(sum(heights) + 4 * len(model.notes) + 2 * MARGIN)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        model = _model(index)
        if model.is_note(index.row()):
            return QSize(80, 40)
        return QSize(self.cell_width(model, index.column()), self.row_height(model, index.row()))

    # --- painting ---

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = _model(index)
        table = model.table
        if table is None:
            return
        tokens = self._theme.tokens
        with QPainterStateGuard(painter):
            area = QRectF(option.rect)
            if model.is_note(index.row()):
                self._paint_notes(painter, area, model.notes, tokens)
                return
            cell = model.cell(index)
            if model.is_total(index.row()):
                painter.fillRect(area, QColor(tokens.raised))
            if table.is_matrix and isinstance(cell, Share) and cell.share is not None:
                painter.fillRect(area, tint(tokens, cell.share))
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            live = isinstance(cell, Share | Difference)
            if live and option.state & QStyle.StateFlag.State_MouseOver and not selected:
                painter.fillRect(area, _translucent(tokens.accent, 26))
            inner = area.adjusted(self.margin, _PADDING, -self.margin, -_PADDING)
            if index.column() < model.names:
                self._paint_name(painter, area, index, model.is_total(index.row()))
            elif table.is_matrix:
                self._paint_matrix_cell(painter, area, cell, tokens)
            elif isinstance(cell, Share):
                foreign = "only" in table.published_label
                self._paint_share(painter, inner, cell, foreign, tokens)
            elif isinstance(cell, Difference):
                self._paint_difference(painter, inner, cell, tokens)
            else:
                painter.setFont(self.number)
                painter.setPen(QColor(tokens.text))
                painter.drawText(inner, _RIGHT, cell_text(cell))
            if selected:
                painter.setPen(QPen(QColor(tokens.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(area.adjusted(1, 1, -2, -2))

    def _paint_name(self, painter: QPainter, area: QRectF, index: Index, strong: bool) -> None:
        tokens = self._theme.tokens
        box = area.adjusted(8, 0, -6, 0)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if icon is not None:
            top = round(box.center().y() - SWATCH_SIDE / 2)
            icon.paint(painter, QRect(round(box.left()), top, SWATCH_SIDE, SWATCH_SIDE))
            box.setLeft(box.left() + SWATCH_SIDE + 6)
        font = self.strong if strong else self.number
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        metrics = QFontMetricsF(font)
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter)
        whole = metrics.boundingRect(QRectF(0, 0, box.width(), 10_000), wrap, text)
        if whole.height() <= box.height() and whole.width() <= box.width():
            painter.drawText(box, wrap, text)
        else:
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, _LEFT, elided)

    def _paint_matrix_cell(
        self, painter: QPainter, area: QRectF, cell: Cell, tokens: Tokens
    ) -> None:
        clear = isinstance(cell, Difference) and is_clear(cell)
        painter.setFont(self.strong if clear else self.number)
        known = (
            clear or isinstance(cell, int) or (isinstance(cell, Share) and cell.share is not None)
        )
        painter.setPen(QColor(tokens.text if known else tokens.muted))
        text = percent(cell.share, 1, unit=False) if isinstance(cell, Share) else cell_text(cell)
        painter.drawText(area, _CENTER, text)

    def _paint_share(
        self, painter: QPainter, area: QRectF, cell: Share, foreign: bool, tokens: Tokens
    ) -> None:
        known = bool(cell.total)
        line = self._paint_number(painter, area, percent(cell.share), True, known, tokens)
        if self.compact:
            line = self._below(line)
        if known:
            interval = percent_range(cell.low, cell.high, unit=False)
            painter.drawText(line, self._side, interval)
        if cell.published is not None:
            line = self._below(line)
            painter.drawText(line, _LEFT, published_text(cell, foreign, self.compact))
            if cell.difference is not None:
                painter.drawText(line, _RIGHT, points(cell.difference))
        _paint_bar(painter, _groove(area), cell, tokens)

    def _paint_difference(
        self, painter: QPainter, area: QRectF, cell: Difference, tokens: Tokens
    ) -> None:
        strong = is_clear(cell)
        line = self._paint_number(painter, area, points(cell.difference), strong, True, tokens)
        if self.compact:
            line = self._below(line)
        painter.drawText(line, self._side, points_range(cell.low, cell.high))
        line = self._below(line)
        painter.drawText(line, _LEFT, f"first {percent(cell.first.share)}")
        if self.compact:
            line = self._below(line)
        painter.drawText(line, self._side, f"second {percent(cell.second.share)}")
        _paint_shift(painter, _groove(area), cell, tokens)

    @property
    def _side(self) -> Qt.AlignmentFlag:
        """Where what stands beside a number goes: below it where there is little room."""
        return _LEFT if self.compact else _RIGHT

    def _paint_number(
        self, painter: QPainter, area: QRectF, text: str, strong: bool, known: bool, tokens: Tokens
    ) -> QRectF:
        """The number of a cell; small type follows. Gives its line."""
        line = QRectF(area.left(), area.top(), area.width(), QFontMetricsF(self.strong).height())
        painter.setFont(self.strong if strong else self.number)
        painter.setPen(QColor(tokens.text if known else tokens.muted))
        painter.drawText(line, _LEFT, text)
        painter.setFont(self.small)
        painter.setPen(QColor(tokens.muted))
        return line

    def _below(self, line: QRectF) -> QRectF:
        """The place of a small line below another line."""
        height = QFontMetricsF(self.small).height()
        return QRectF(line.left(), line.bottom() + _LINE_GAP, line.width(), height)

    def _paint_notes(
        self, painter: QPainter, area: QRectF, notes: tuple[str, ...], tokens: Tokens
    ) -> None:
        painter.fillRect(area, QColor(tokens.surface))
        painter.setFont(self.number)
        painter.setPen(QColor(tokens.muted))
        option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        metrics = QFontMetricsF(self.number)
        box = area.adjusted(MARGIN, MARGIN, -MARGIN, 0)
        flags = int(Qt.TextFlag.TextWordWrap)
        for note in notes:
            height = metrics.boundingRect(box, flags, note).height()
            painter.drawText(QRectF(box.left(), box.top(), box.width(), height + 2), note, option)
            box.setTop(box.top() + height + 4)


def published_text(cell: Share, foreign: bool, short: bool = False) -> str:
    """The published figure as it stands below a share; `foreign` if it is another model's."""
    name = ("RN50" if short else "paper, RN50") if foreign else "paper"
    return f"{name} {cell.published_text}"


def tint(tokens: Tokens, share: float) -> QColor:
    """The ground of a matrix cell: from the surface toward the accent color."""
    low, high = from_hex(tokens.surface), from_hex(tokens.accent)
    part = _DEEPEST * share
    return QColor(*(round(a + (b - a) * part) for a, b in zip(low, high, strict=True)))


def _groove(area: QRectF) -> QRectF:
    """The place of the bar of a cell."""
    return QRectF(area.left(), area.bottom() - _BAR, area.width(), _BAR)


def _paint_bar(painter: QPainter, groove: QRectF, cell: Share, tokens: Tokens) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.pressed))
    painter.drawRect(groove)
    if cell.share is None or cell.low is None or cell.high is None:
        return
    filled = QRectF(groove)
    filled.setWidth(groove.width() * cell.share)
    painter.setBrush(_translucent(tokens.accent, 150))
    painter.drawRect(filled)
    left, right = (groove.left() + groove.width() * end for end in (cell.low, cell.high))
    painter.setBrush(QColor(tokens.text))
    middle = groove.center().y()
    painter.drawRect(QRectF(left, middle - 0.5, max(1.0, right - left), 1.0))
    if cell.published is not None:
        x = groove.left() + groove.width() * cell.published
        painter.drawRect(QRectF(x - 1, groove.top() - 2, 2, groove.height() + 4))


def _paint_shift(painter: QPainter, groove: QRectF, cell: Difference, tokens: Tokens) -> None:
    """From the share in the first run to that in the second, which has the stronger mark."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.pressed))
    painter.drawRect(groove)
    first, second = cell.first.share, cell.second.share
    if first is None or second is None:
        return
    a, b = (groove.left() + groove.width() * share for share in (first, second))
    painter.setBrush(_translucent(tokens.accent, 150))
    painter.drawRect(QRectF(min(a, b), groove.top(), abs(b - a), groove.height()))
    painter.setBrush(QColor(tokens.muted))
    painter.drawRect(QRectF(a - 1, groove.top() - 1, 2, groove.height() + 2))
    painter.setBrush(QColor(tokens.text))
    painter.drawRect(QRectF(b - 1.5, groove.top() - 2, 3, groove.height() + 4))


def _translucent(color: str, alpha: int) -> QColor:
    made = QColor(color)
    made.setAlpha(alpha)
    return made


def _model(index: Index) -> ResultTableModel:
    model = index.model()
    assert isinstance(model, ResultTableModel)
    return model
