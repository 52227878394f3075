"""What differs between two texts, line by line."""

import difflib

one, two = (data[name].splitlines() for name in ("first", "second"))
left, right = data["names"]
if one == two:
    print(f"{left} and {right} hold the same text.")
else:
    ratio = (
        difflib.SequenceMatcher(None, "\n".join(one), "\n".join(two), autojunk=False).ratio()
        if len(data["first"]) + len(data["second"]) < 40_000
        else difflib.SequenceMatcher(None, one, two).ratio()
    )
    lines = list(difflib.unified_diff(one, two, left, right, n=1, lineterm=""))
    added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    print(f"{right} has {added} lines that {left} has not, and lacks {removed}; the texts are {ratio:.0%} alike.\n")
    print("```diff")
    print("\n".join(lines[:400]))
    print("```")
    if len(lines) > 400:
        print(f"… and {len(lines) - 400} more lines")
