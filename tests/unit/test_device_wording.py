"""What plain words ask of which machine, and what is nobody else's business."""

from __future__ import annotations

from typing import Any

import pytest

from core.devices.wording import meant

NAMES = ["office", "laptop", "raspberry-pi"]
BROUGHT = "{{s1.output.path}}"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (
            "Find last year's tax PDFs on the office machine, put them in a zip and bring it here.",
            [("device.ask", "office", {"request": "Find last year's tax PDFs and put them in a zip"}), ("device.bring", "", {"device": "office", "path": BROUGHT})],
        ),
        ("show the files on my laptop", [("device.ask", "laptop", {"request": "show the files"})]),
        ("Ask the office machine to list its files", [("device.ask", "office", {"request": "list its files"})]),
        ("on office: make a folder Trip", [("device.ask", "office", {"request": "make a folder Trip"})]),
        (
            "Tell the Raspberry Pi to water the plants if the sensor is below 30",
            [("device.ask", "raspberry-pi", {"request": "water the plants if the sensor is below 30"})],
        ),
        (
            "have office zip the Reports folder and send it back",
            [("device.ask", "office", {"request": "zip the Reports folder"}), ("device.bring", "", {"device": "office", "path": BROUGHT})],
        ),
        ("what is on office?", [("device.ask", "office", {"request": "List the files here"})]),
        ("copy report.pdf to the office machine", [("device.give", "", {"path": "report.pdf", "device": "office"})]),
        ("send 'my report.pdf' to my laptop", [("device.give", "", {"path": "my report.pdf", "device": "laptop"})]),
        ("bring me notes/todo.md from office", [("device.bring", "", {"device": "office", "path": "notes/todo.md"})]),
        ("fetch the invoices from raspberry pi and zip them", [("device.ask", "raspberry-pi", {"request": "fetch the invoices and zip them"})]),
    ],
)
def test_a_named_machine_is_asked(text: str, steps: list[tuple[str, str, dict[str, Any]]]) -> None:
    plan = meant(text, NAMES)
    assert plan is not None and [(step.tool, step.device, step.args) for step in plan.steps] == steps


@pytest.mark.parametrize(
    "text",
    [
        "remind me to check the backup on office", "every day at 8 list the files on office", "note that the printer on office is broken", "put the report on officemax",
        "write a file note.txt that says 'see you on office'", 'create a file "on office"', "list the files on office.txt", "show the files here", "find offices", "what is in the office-plan folder",
    ],
)  # fmt: skip
def test_other_words_are_not(text: str) -> None:
    assert meant(text, NAMES) is None


@pytest.mark.parametrize("text", ["what devices do I have?", "Which machines are online?", "list my devices", "show the other computers"])
def test_the_machines_themselves_are_listed(text: str) -> None:
    plan = meant(text, [])
    assert plan is not None and [step.tool for step in plan.steps] == ["device.list"]


def test_without_devices_nothing_is_meant() -> None:
    assert meant("show the files on my laptop", []) is None
