import pytest

from core import conditions


@pytest.mark.parametrize(
    ("expression", "output", "expected"),
    [
        ("output.count > 2", {"count": 3}, True),
        ("output.count > 2", {"count": 2}, False),
        ("len(output.items) == 0", {"items": []}, True),
        ("output.code == 0 and not contains(output.text, 'error')", {"code": 0, "text": "fine"}, True),
        ("output.items[0].name == 'a'", {"items": [{"name": "a"}]}, True),
        ("output.missing == null", {}, True),
        ("'x' in output", ["x"], True),
        ("output.items[5] == 1", {"items": []}, False),
        ("output.count > 'text'", {"count": 1}, False),
        ("1 < output.n <= 3", {"n": 3}, True),
    ],
)
def test_an_expression_is_evaluated_over_the_output(expression: str, output: object, expected: bool) -> None:
    assert conditions.is_met(expression, output) is expected


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')",
        "open('/etc/passwd')",
        "output.__class__.__mro__()",
        "lambda: 1",
        "[x for x in output]",
        "other.name",
        "len(output",
        "9**9**9",
        "a" * 501,
        "output.format('x')",
    ],
)
def test_anything_that_is_not_of_the_language_is_refused(expression: str) -> None:
    assert conditions.check_expression(expression)
    with pytest.raises(conditions.BadExpression):
        conditions.is_met(expression, {})


def test_a_good_expression_passes_the_check_before_there_are_values() -> None:
    assert conditions.check_expression("len(output.items) > 0 or output.text == 'x'") is None
