"""The chart kit: charts on pyqtgraph that share axes, pointer, keys, words and menus.

A chart is a `view.ChartView`. It places its parts in `arrange`, draws them in layers, and says for
each of its points where it lies, what it means and how the keys go on from there; in return it has
hover, a cursor for the keyboard, tooltips, a description for screen readers, the colors of the
theme while it changes, the size of the type of a presentation, *Copy data*, and, around a
`plot.Plot`, axes, zoom and pan. `parts.PartsChart` is a chart of shapes that are pointed at.

Modules that import pyqtgraph are imported late, so that the window opens without it; `drawing` and
`bar_painter` know only Qt, and draw into pictures as well::

    class Squares(ChartView):
        def __init__(self, theme: Theme) -> None:
            super().__init__(theme, "Squares of numbers")
            self.values: list[int] = []
            self.plot = Plot(self, zoom_x=True)
            self.axis = Axis(self, "bottom", self.plot, whole_numbers)
            self.layer = self.add_layer(self.paint)

        def show_values(self, values: list[int]) -> None:
            self.values = values
            self.plot.set_whole((-0.5, len(values) - 0.5), (0, max(values)))
            self.refresh()

        def arrange(self) -> None:
            box = QRectF(self.rect()).adjusted(8, 8, -8, -30)
            self.plot.place(box)
            self.axis.place(QRectF(box.left(), box.bottom(), box.width(), 30))

        def paint(self, painter: QPainter) -> None:
            for point, value in enumerate(self.values):
                center = self.plot.map(point, value)
                draw_mark(painter, center, (31, 95, 214))

        def point_at(self, place: QPointF) -> int:
            return self.plot.nearest_whole(place, len(self.values))

        def words_of(self, point: int) -> str:
            return f"{point}: {self.values[point]}"
"""
