"""The plan as a picture: a node a step with its state and duration, edges that say on what condition. Nodes are buttons, so that
keyboard and screen reader reach them; lines are painted behind. It repaints only when a state changes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.desktop.icons import icon
from app.desktop.step_words import describe_step
from app.desktop.text import duration_text, tr
from app.desktop.theme import Theme

ROW, GAP, INDENT = 44, 14, 22
HEAD, LANE = 24, 84  # the line of machines' names over their lanes, and how narrow a lane may get


class PlanGraph(QWidget):
    """Shows steps (the contract's ``plan.steps``) with their states (``steps``). ``selected`` carries a step's id."""

    selected = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._steps: list[dict[str, Any]] = []
        self._states: dict[str, dict[str, Any]] = {}
        self._nodes: dict[str, QPushButton] = {}
        self._column: dict[str, int] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Plan"))
        theme.changed.connect(self._restate)

    def set_plan(self, steps: list[dict[str, Any]]) -> None:
        """Show another plan; the same plan again is free."""
        if [step["id"] for step in steps] == [step["id"] for step in self._steps]:
            if steps != self._steps:  # one of them was said otherwise
                self._steps = steps
                self._restate()
            return
        self._steps = steps
        for node in self._nodes.values():
            node.deleteLater()
        self._nodes, self._states, self._column = {}, {}, columns(steps)
        for step in steps:
            node = QPushButton(self)
            node.setProperty("kind", "node")
            node.setCheckable(True)
            node.clicked.connect(lambda _=False, step_id=step["id"]: self.select(step_id))
            node.show()
            self._nodes[step["id"]] = node
        self._restate()
        self.updateGeometry()
        self._place()

    def set_state(self, step_id: str, state: dict[str, Any]) -> None:
        """Give one step another state."""
        if self._states.get(step_id) != state:
            moved = self._device(step_id) != (state.get("device") or self._planned(step_id))
            self._states[step_id] = state
            if moved:
                self.updateGeometry()
                self._place()
            self._label(step_id)
            self._describe()
            self.update()

    def select(self, step_id: str) -> None:
        """Mark a node and tell about it."""
        for other, node in self._nodes.items():
            node.setChecked(other == step_id)
        self.selected.emit(step_id)

    def _restate(self) -> None:
        for step_id in self._nodes:
            self._label(step_id)
        self._describe()
        self.update()

    def _label(self, step_id: str) -> None:
        node = self._nodes.get(step_id)
        if node is None:
            return
        step = next(step for step in self._steps if step["id"] == step_id)
        state = self._states.get(step_id, {})
        status = state.get("status", "waiting")
        title = step.get("title") or describe_step(step, status)
        spent = duration_text(state["ms"]) if state.get("ms") else ""
        text = f"{title}   {spent}".rstrip()
        node.setIcon(
            icon(status if status in ("done", "failed", "running", "blocked", "skipped", "parked", "cancelled", "ready") else "waiting", self._theme.state_color(status), 18)
        )
        node.setIconSize(QSize(18, 18))
        where = "" if self._device(step_id) == "here" else tr("on {device}", device=self._device(step_id))
        node.setToolTip("\n".join(filter(None, (title, f"{step['tool']} · {tr(status)} {spent}", where, state.get("placed", "")))))
        node.setAccessibleName(" ".join(filter(None, (f"{title},", tr(status), spent, where))))
        node.setText(QFontMetrics(node.font()).elidedText(text, Qt.TextElideMode.ElideRight, max(60, node.width() - 44)))

    def _describe(self) -> None:
        parts = []
        for step in self._steps:
            status = self._states.get(step["id"], {}).get("status", "waiting")
            parts.append(f"{step.get('title') or describe_step(step, status)}: {tr(status)}")
        self.setAccessibleDescription("; ".join(parts))

    # -- lanes --------------------------------------------------------------------------------------------------------

    def _planned(self, step_id: str) -> str:
        return next((step.get("device") or "here" for step in self._steps if step["id"] == step_id), "here")

    def _device(self, step_id: str) -> str:
        return self._states.get(step_id, {}).get("device") or self._planned(step_id)

    def lanes(self) -> list[str]:
        """The machines of the plan, this one first; one lane each where there are several."""
        found = dict.fromkeys(self._device(step["id"]) for step in self._steps)
        return sorted(found, key=lambda name: name != "here")

    def _top(self) -> int:
        return HEAD if len(self.lanes()) > 1 else 0

    def sizeHint(self) -> QSize:
        return QSize(240, self._top() + len(self._steps) * (ROW + GAP))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self._top() + len(self._steps) * (ROW + GAP))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        lanes, top = self.lanes(), self._top()
        width = max(LANE, self.width() // max(1, len(lanes)))
        for row, step in enumerate(self._steps):
            if len(lanes) > 1:
                left = 3 + lanes.index(self._device(step["id"])) * width
                self._nodes[step["id"]].setGeometry(left, top + row * (ROW + GAP), width - 6, ROW)
            else:
                left = 4 + self._column[step["id"]] * INDENT
                self._nodes[step["id"]].setGeometry(left, row * (ROW + GAP), max(100, self.width() - left - 6), ROW)
        self._restate()

    def paintEvent(self, event: Any) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_lanes(painter)
        rows = {step["id"]: row for row, step in enumerate(self._steps)}
        for step in self._steps:
            for need in step.get("needs", ()):
                parent, condition = (need, "") if isinstance(need, str) else (need["step"], need["on"])
                if parent in rows:
                    self._edge(painter, parent, step["id"], condition)

    def _paint_lanes(self, painter: QPainter) -> None:
        """Each machine's name over its lane, and a line between two lanes."""
        lanes = self.lanes()
        if len(lanes) < 2:
            return
        width = max(LANE, self.width() // len(lanes))
        for number, name in enumerate(lanes):
            painter.setPen(QColor(self._theme.colors.muted))
            text = QFontMetrics(painter.font()).elidedText(tr("here") if name == "here" else name, Qt.TextElideMode.ElideRight, width - 10)
            painter.drawText(number * width + 6, 0, width - 8, HEAD - 4, Qt.AlignmentFlag.AlignVCenter, text)
            if number:
                painter.setPen(QPen(QColor(self._theme.colors.border), 1, Qt.PenStyle.DotLine))
                painter.drawLine(number * width, 0, number * width, self.height())

    def _edge(self, painter: QPainter, parent: str, child: str, condition: str) -> None:
        start, end = self._nodes[parent].geometry(), self._nodes[child].geometry()
        done = self._states.get(parent, {}).get("status") == "done"
        pen = QPen(QColor(self._theme.colors.good if done else self._theme.colors.border), 2)
        if condition:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        x = start.left() + 14
        path = QPainterPath(QPointF(x, start.bottom()))
        if len(self.lanes()) > 1:
            path.lineTo(x, start.bottom() + GAP / 2)
            path.lineTo(end.left() + 14, start.bottom() + GAP / 2)
            path.lineTo(end.left() + 14, end.top())
        elif end.left() > start.left():  # a branch: down beside it, then in
            path.lineTo(x, end.center().y())
            path.lineTo(end.left(), end.center().y())
        else:
            path.lineTo(x, end.top() - GAP / 2)
            path.lineTo(end.left() + 14, end.top() - GAP / 2)
            path.lineTo(end.left() + 14, end.top())
        painter.drawPath(path)
        if condition:
            painter.setPen(QColor(self._theme.colors.muted))
            painter.drawText(end.left() + 24, end.top() - 2, condition.replace("on_", ""))


def columns(steps: list[dict[str, Any]]) -> dict[str, int]:
    """Side by side steps get columns of their own: a step moves right when its parent already has a child in that column."""
    column: dict[str, int] = {}
    taken: set[tuple[str, int]] = set()
    for step in steps:
        parents = [need if isinstance(need, str) else need["step"] for need in step.get("needs", ())]
        parents = [parent for parent in parents if parent in column]
        if not parents and step.get("called"):  # made one after the other, not side by side
            column[step["id"]] = 0
            continue
        place = column[parents[-1]] if parents else 0
        key = parents[-1] if parents else ""
        while (key, place) in taken and place < 3:
            place += 1
        taken.add((key, place))
        column[step["id"]] = place
    return column
