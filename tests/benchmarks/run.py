"""``make bench`` prints every table, ``make bench-NAME`` one. Figures are medians; each table has its peer or limit in the same run."""

from __future__ import annotations

import importlib
import math
import sys

TABLES = (
    "orchestration",
    "api",
    "starter",
    "worker",
    "starting",
    "window",
    "residency",
    "swap",
    "graphics",
    "embeddings",
    "healing",
    "finding",
    "memory",
    "recall",
    "skills",
    "schedules",
    "devices",
    "device_faults",
)
ALONE = ("small",)  # an hour long, so that `make bench` leaves it out
MODULES = {"skills": "skill_search"}  # a module `skills` here would stand before the product's own


def main(names: list[str]) -> int:
    """Print the named tables, or all."""
    for name in names or TABLES:
        if name not in (*TABLES, *ALONE):
            print(f"There is no benchmark {name}; there are {', '.join((*TABLES, *ALONE))}.", file=sys.stderr)
            return 2
        print(f"\n## {name}\n", flush=True)
        importlib.import_module(f"tests.benchmarks.{MODULES.get(name, name)}").main()
    return 0


def table(rows: list[tuple[str, ...]]) -> None:
    """Print rows as a Markdown table; the first is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def log_plot(lines: dict[str, list[tuple[float, float]]], across: str, up: str, width: int = 64, height: int = 16) -> str:
    """Points on two logarithmic scales, as text: each line has the first letter of its name. A slope of one rises a decade for each decade."""
    points = [(math.log10(x), math.log10(y)) for line in lines.values() for x, y in line if x > 0 and y > 0]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = math.floor(min(y for _, y in points)), math.ceil(max(y for _, y in points))
    field = [[" "] * (width + 1) for _ in range(height + 1)]
    for name, line in lines.items():
        for x, y in line:
            column = round((math.log10(x) - left) / ((right - left) or 1) * width)
            field[height - round((math.log10(y) - low) / ((high - low) or 1) * height)][column] = name[0]
    marks = {height - round((power - low) / ((high - low) or 1) * height): f"{10.0**power:g}" for power in range(low, high + 1)}
    drawn = [f"{marks.get(number, ''):>8} |{''.join(cells).rstrip()}" for number, cells in enumerate(field)]
    ends = f"{10**left:,.0f}".ljust(width - 6) + f"{10**right:,.0f}"
    return "\n".join(["", f"{up}, by {across} (both logarithmic): {', '.join(f'{name[0]} = {name}' for name in lines)}", *drawn, " " * 9 + "+" + "-" * width, " " * 10 + ends])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
