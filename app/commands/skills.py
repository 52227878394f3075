"""``skill``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.client import connect
from app.commands.output import agrees, is_terminal, print_json, tell, tell_table
from core.errors import UsageError

FETCH_SECONDS = 120.0
WORDS_ONLY = "Found by words alone; `deskhand model pull all-minilm-l6-v2` adds meaning."


def list_skills(arguments: argparse.Namespace) -> int:
    rows = connect().call("GET", f"/api/skills?workspace={quote(str(Path.cwd()), safe='')}")
    return tell_table(arguments, rows, ((row["name"], row["state"], row["origin"], _use(row), row["description"][:110]) for row in rows), "There are no skills.")


def _use(row: dict[str, Any]) -> str:
    return f"{row['successes']} of {row['uses']} well" if row["uses"] else "not used"


def search(arguments: argparse.Namespace) -> int:
    found = connect().call("GET", f"/api/skills/search?text={quote(' '.join(arguments.text), safe='')}&limit={arguments.limit}", timeout_s=FETCH_SECONDS)
    done = tell_table(arguments, found["skills"], ((row["name"], row["origin"], row["description"][:130]) for row in found["skills"]), "No skill is like that.")
    if not arguments.json and not found["by_meaning"]:
        print(WORDS_ONLY, file=sys.stderr)
    return done


def show(arguments: argparse.Namespace) -> int:
    row = connect().call("GET", f"/api/skills/{quote(arguments.name, safe='')}?workspace={quote(str(Path.cwd()), safe='')}")
    if arguments.json:
        print_json(row)
        return 0
    print(f"{row['name']} {row['version']}  ({row['origin']}, {row['state']}{': ' + row['why'] if row['why'] else ''})\n{row['description']}\n{row['folder']}")
    for name, one in row.get("inputs", {}).get("properties", {}).items():
        print(f"  {name}: {one['format']}" + (f", else {one['default']}" if "default" in one else "") + (f"  ({one['description']})" if one.get("description") else ""))
    for phrase in row.get("says", ()):
        print(f"  say: {phrase}")
    if row.get("report"):
        _print_report(row["report"])
    for run in row.get("history", ())[:5]:
        print(f"  {run['at'][:16].replace('T', ' ')}  {run['status']}  {run['run_id']}")
    print(f"\n{row.get('text', '')}")
    return 0


def _print_report(report: dict[str, Any]) -> None:
    for words, key in (("uses", "tools"), ("reaches", "hosts"), ("touches", "paths"), ("brings programs", "scripts")):
        if report[key]:
            print(f"  {words}: {', '.join(report[key][:20])}")
    for finding in report["findings"]:
        place = f"{finding['file']}{':' + str(finding['line']) if finding['line'] else ''}"
        print(f"  {'BLOCKED' if finding['severity'] == 'block' else 'note'}: {place} {finding['why']}{': ' + finding['excerpt'] if finding['excerpt'] else ''}")


def add(arguments: argparse.Namespace) -> int:
    """Fetch, show, ask, take in."""
    path = Path(arguments.source.partition("#")[0]).expanduser()
    source = str(path.absolute()) + ("#" + arguments.source.partition("#")[2] if "#" in arguments.source else "") if path.exists() else arguments.source
    client = connect()
    return _offered(arguments, client.call("POST", "/api/skills/look", {"source": source}, timeout_s=FETCH_SECONDS))


def learn(arguments: argparse.Namespace) -> int:
    """A skill out of a run, replayed, shown, kept."""
    client = connect()
    run = client.call("GET", f"/api/runs/{quote(arguments.run, safe='')}")["id"] if arguments.run != "last" else client.call("GET", "/api/runs?limit=1")[0]["id"]
    return _offered(arguments, client.call("POST", "/api/skills/draft", {"run_id": run, "name": arguments.name}, timeout_s=FETCH_SECONDS))


def _offered(arguments: argparse.Namespace, offer: dict[str, Any]) -> int:
    if not arguments.json:
        _print_offer(offer)
    if offer["report"]["blocked"]:
        raise UsageError(f"{offer['name']} is blocked and was not added.", code="skill_blocked", hint="" if not arguments.json else offer["report"]["findings"][0]["why"])
    if not arguments.yes and (arguments.json or not is_terminal() or not agrees("Add it?", False)):
        if arguments.json:
            print_json(offer)
            return 0
        return tell(arguments, offer, "Not added." + ("" if is_terminal() else " Say --yes to add it."))
    row = connect().call("POST", "/api/skills", {"id": offer["id"], "digest": offer["digest"]})
    return tell(arguments, row, f"Added {row['name']}. Run it with `deskhand skill run {row['name']}`, or by `${row['name']}` in a request.")


def _print_offer(offer: dict[str, Any]) -> None:
    print(f"{offer['name']} {offer['version']}\n{offer['description']}")
    _print_report(offer["report"])
    for warning in offer["warnings"]:
        print(f"  note: {warning}")
    if offer["replaces"]:
        print(f"It takes the place of the {offer['replaces']} skill of that name." + (f" It wants besides: {', '.join(offer['new'])}." if offer["new"] else ""))
    print(offer["changes"] or "Nothing is different from the one that is there.")
    for step in offer["replay"]:
        print(f"  replayed {step['step']} {step['tool']}: {step['status']}{' – ' + step['why'] if step['why'] else ''}")


def check(arguments: argparse.Namespace) -> int:
    """Look a folder over without a core: what is not as the format wants it, and what is suspicious. Exit code 1 where it would be blocked."""
    from skills.format import read_skill
    from skills.recipe import recipe_of
    from skills.vetting import look_over

    skill = read_skill(Path(arguments.path).expanduser().absolute())
    recipe = recipe_of(skill)
    report = look_over(skill, recipe.tools if recipe else ()).to_json()
    if arguments.json:
        print_json({"name": skill.name, "warnings": list(skill.warnings), "report": report})
    else:
        print(f"{skill.name}: {'blocked' if report['blocked'] else 'fine' if not skill.warnings else 'usable'}")
        for warning in skill.warnings:
            print(f"  note: {warning}")
        _print_report(report)
    return int(report["blocked"])


def enable(arguments: argparse.Namespace) -> int:
    return _switch(arguments, True)


def disable(arguments: argparse.Namespace) -> int:
    return _switch(arguments, False)


def _switch(arguments: argparse.Namespace, on: bool) -> int:
    row = connect().call("PATCH", f"/api/skills/{quote(arguments.name, safe='')}?workspace={quote(str(Path.cwd()), safe='')}", {"enabled": on})
    return tell(arguments, row, f"{row['name']} is {'on' if on else 'off'}.")


def remove(arguments: argparse.Namespace) -> int:
    connect().call("DELETE", f"/api/skills/{quote(arguments.name, safe='')}")
    return tell(arguments, {"removed": arguments.name}, f"Removed {arguments.name}; its folder is in the trash of the data folder.")


def share(arguments: argparse.Namespace) -> int:
    goal = Path(arguments.out or f"{arguments.name}.zip").expanduser()
    try:
        goal.write_bytes(connect().content(f"/api/skills/{quote(arguments.name, safe='')}/zip"))
    except OSError as error:
        raise UsageError(f"{goal} cannot be written: {error.strerror}.") from error
    return tell(arguments, {"path": str(goal)}, f"Wrote {goal}.")


def run(arguments: argparse.Namespace) -> int:
    """A skill with its inputs, as one run."""
    from app.commands.ask import run_skill

    inputs = {}
    for pair in arguments.inputs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"An input is NAME=VALUE, not {pair!r}.", hint=f"`deskhand skill show {arguments.name}` shows its inputs.")
        inputs[key] = value
    return run_skill(arguments, arguments.name, inputs)
