"""``make bench`` prints every table, ``make bench-NAME`` one. Figures are medians; each table has its peer or limit in the same run."""

from __future__ import annotations

import importlib
import sys

TABLES = (
    "orchestration",
    "api",
    "starter",
    "worker",
    "window",
    "residency",
    "swap",
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
MODULES = {"skills": "skill_search"}  # a module `skills` here would stand before the product's own


def main(names: list[str]) -> int:
    """Print the named tables, or all."""
    for name in names or TABLES:
        if name not in TABLES:
            print(f"There is no benchmark {name}; there are {', '.join(TABLES)}.", file=sys.stderr)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
