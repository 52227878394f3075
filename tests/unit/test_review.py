import pytest

from core.planning.checks.finding import Finding
from core.planning.review import find_contradiction, review_by_code


@pytest.mark.parametrize(
    ("score", "issues", "text", "contradicts"),
    [
        (0.95, ("The second file is missing",), "", True),
        (0.95, ("minor: could be shorter",), "", False),
        (0.95, (), "", False),
        (0.4, ("wrong tool",), "", False),
        (0.2, (), "This plan is perfect and does exactly what was asked", True),
        (0.2, (), "unclear", False),
    ],
)
def test_a_score_that_contradicts_its_text_is_not_believed(score: float, issues: tuple, text: str, contradicts: bool) -> None:
    assert bool(find_contradiction(score, issues, 0.8, text)) is contradicts


def test_a_hard_finding_sinks_a_plan_and_doubts_cost_a_tenth_each() -> None:
    assert review_by_code([Finding("x", "bad")], 1.0).score == 0
    assert review_by_code([], 1.0).score == 1.0
    assert review_by_code([Finding("x", "doubt", hard=False)], 1.0).score == pytest.approx(0.9)
