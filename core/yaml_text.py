"""YAML that somebody else wrote: bounded, without references, and only what is data.

A dozen lines of references to references unpack to more than any memory holds, and a few thousand brackets are deeper than Python's stack.
"""

from __future__ import annotations

from typing import Any

MOST_LETTERS, MOST_NODES, MOST_DEEP = 500_000, 50_000, 50


def load_yaml(text: str) -> Any:
    """The value of a YAML text. Raises :class:`ValueError` with a few words on what is wrong with it."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(text) > MOST_LETTERS:
        raise ValueError(f"longer than {MOST_LETTERS:,} letters")
    try:
        depth = 0
        for number, event in enumerate(yaml.parse(text, loader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise ValueError("it refers to other parts of itself")
            if depth > MOST_DEEP or number > MOST_NODES:
                raise ValueError("nested too deep" if depth > MOST_DEEP else f"more than {MOST_NODES:,} values")
        return yaml.load(text, loader)  # a safe loader of the two above
    except yaml.YAMLError as error:
        raise ValueError(str(getattr(error, "problem", None) or "not YAML")) from error
    except (RecursionError, OverflowError, TypeError) as error:
        raise ValueError("not YAML") from error
