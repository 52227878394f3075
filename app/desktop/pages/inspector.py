"""The inspector: the shown run as a picture, the reviewer's words, models, cost."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from app.desktop.pages.roles import RoleSelectors
from app.desktop.reasons import reason
from app.desktop.text import calls_text, duration_text, tr
from app.desktop.theme import Theme
from app.desktop.viewmodels.run_view import RunView
from app.desktop.widgets.fact_list import FactList
from app.desktop.widgets.plan_graph import PlanGraph
from app.desktop.widgets.run_steering import RunSteering
from app.desktop.widgets.status_line import status_word


class Inspector(QWidget):
    """Shows one run; ``closed`` when it should fold away."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._view: RunView | None = None
        self._title = _label(tr("Run"), "heading")
        self._summary = _label("", "muted")
        self._graph = PlanGraph(theme)
        self._graph.selected.connect(self._show_step)
        self.steering = RunSteering()
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setAccessibleName(tr("Step details"))
        self._details.setTabChangesFocus(True)
        self._details.setFixedHeight(170)
        self._details.hide()
        self._review = _label("", "")
        self._facts = FactList()
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(10)
        for widget in (self._title, self._summary, self._graph, self.steering, self._details, self._review, self._facts):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.roles = RoleSelectors()
        layout.addWidget(_label(tr("Models"), "heading"))
        layout.addWidget(self.roles)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(tr("Run"))
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.show_run(None)

    def show_run(self, view: RunView | None) -> None:
        """Show a run, or that there is none."""
        if view is None or self._view is None or view.run_id != self._view.run_id:
            self._details.hide()
        self._view = view
        self.steering.show_run(view)
        if view is None or view.is_talk:
            self._summary.setText(tr("The steps of a run appear here: what it will do, is doing and has done.") if view is None else way_text(view.way))
            self._graph.set_plan([])
            self._review.hide()
            self._facts.show_facts({} if view is None else self._costs(view))
            return
        self._graph.set_plan(view.steps)
        for step in view.steps:
            self._graph.set_state(step["id"], view.states.get(step["id"], {}))
        parts = [tr("paused") if view.held and view.busy else status_word(view.status), way_text(view.way), _score_text(view)]
        self._summary.setText(" · ".join(filter(None, parts)))
        self._show_review(view)
        self._facts.show_facts(self._costs(view))

    def _show_review(self, view: RunView) -> None:
        lines = []
        for review in view.reviews:
            if review.get("issues") or review.get("suggestions") or review.get("contradiction"):
                lines.append(f"<b>{tr('Round {n}', n=review['round'])} · {review['score']:.2f}</b> {_escape(review.get('by', ''))}")
                lines += [f"• {_escape(issue)}" for issue in review.get("issues", ())]
                lines += [f"→ {_escape(hint)}" for hint in review.get("suggestions", ())]
        self._review.setText("<br>".join(lines))
        self._review.setVisible(bool(lines))

    def _costs(self, view: RunView) -> dict[str, str]:
        facts = {tr("why so"): reason(view.way_why)} if view.way_why else {}
        names = view.models
        if names:
            if len(set(names.values())) == 1:
                facts[tr("model")] = next(iter(names.values()))
            else:
                facts |= {tr(role): names[role] for role in ("planner", "reviewer", "executor") if names.get(role)}
        if view.switch:
            facts[tr("switch")] = _switch_text(view.switch)
        if view.usage:
            tokens = int(view.usage.get("prompt_tokens", 0) + view.usage.get("completion_tokens", 0))
            facts[tr("cost")] = f"{view.usage.get('cost_usd', 0):.4g} $ · {tr('{n} tokens', n=tokens)} · {calls_text(int(view.usage.get('calls', 0)))}"
        if total := view.result.get("timings_ms", {}).get("total"):
            facts[tr("time")] = duration_text(total)
        return facts

    def _show_step(self, step_id: str) -> None:
        if self._view is None:
            return
        step = next(step for step in self._view.steps if step["id"] == step_id)
        state: dict[str, Any] = self._view.states.get(step_id, {})
        parts = [step["tool"], json.dumps(step.get("args", {}), ensure_ascii=False, indent=2)]
        parts += [state.get("text", ""), (state.get("error") or {}).get("message", ""), tr("checked") if state.get("verified") else ""]
        self._details.setPlainText("\n\n".join(filter(None, parts)))
        self._details.show()
        self.steering.choose(step)


WAYS = {"instant": "done at once", "talk": "answered in words", "act": "step by step", "plan": "planned first"}


def way_text(way: str) -> str:
    """The way a request went, in a person's words; empty where it is not known yet."""
    return tr(WAYS[way]) if way in WAYS else ""


def _score_text(view: RunView) -> str:
    """How a plan was judged, where it was."""
    if view.score is None:
        return ""
    rounds = view.reviews[-1]["round"]
    return f"{tr('plan')} {view.score:.2f} · " + (tr("1 round") if rounds == 1 else tr("{n} rounds", n=rounds))


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _switch_text(switch: dict[str, Any]) -> str:
    """One line: why none, or what is loaded, who left for it, and what it took."""
    if switch.get("skipped"):
        return tr("none: {why}", why=switch.get("why", ""))
    if switch.get("loading"):
        return tr("{model} is loading, about {seconds} s", model=", ".join(switch["loading"]), seconds=switch.get("expected_s", 0))
    left = tr("{n} GB left", n=f"{sum(switch['left'].values()) / 1e9:.1f}") if switch.get("left") else ""
    return " · ".join(filter(None, (f"{switch.get('seconds', 0):.2f} s", switch.get("reason", ""), left)))
