"""What the starter says where nothing is to be done: about itself, how things are done here, and what it cannot do."""

from __future__ import annotations

import re

BIGGER = "This needs a bigger model than the built-in starter. The best one for this machine can be fetched (in the window under Models)."
TALK = {
    "hi": "Hello. Tell me what to do with your files, notes or numbers, for example: Make a folder called Trip with a file packing.txt that lists passport and socks.",
    "thanks": "You're welcome.",
    "bye": "Goodbye.",
    "help": "I can make, read, change, move, copy, find, pack and delete files (undo brings everything back), take notes, keep your tasks, calendar and contacts, remind you, repeat things on a schedule, run skills, calculate, convert units, tell the time, and show what this machine is doing. Try: List the files here. For open questions and writing, add a bigger model.",
    "who": "I am Deskhand, an assistant on your own computer. The built-in starter model plans small tasks; nothing leaves this machine.",
    "undo": "Every answer has an Undo button; in the terminal it is `deskhand run undo`. Both put everything back that the run changed.",
    "hold": "All right, I leave everything as it is.",
    "yes": "There is nothing waiting for a yes here. What waits for your consent is shown with its own buttons, and by `deskhand approvals list`.",
    "big": BIGGER,
}
LATER = {
    "web": "web search", "device": "other devices", "skill": "skills",
    "rename_many": "renaming many files at once", "duplicates": "finding duplicates", "shell_line": "command lines with pipes or redirection",
}  # fmt: skip
MEANWHILE = {  # where the tools are there, and only the starter has not learnt to use them
    "other devices": "I know of no other machine by that name. The Devices page and `deskhand device list` show which there are, `deskhand device invite` adds one; then say @ and its name before a request.",
    "skills": "Say $ and the name of a skill to run it; the Skills page and `deskhand skill list` show them.",
    "web search": "The built-in starter does not search the web. Set a search account up with `deskhand account set search`, and a bigger model with `deskhand model add`; then I can.",
}
_TOPICS = (
    (r"model|gpt|claude|ollama|openai|anthropic|lm studio|api key|account|cloud", "Add a model on the Models page, or with `deskhand model add`: a server (Ollama, LM Studio, any OpenAI-compatible address), an account (OpenAI, Anthropic) or a GGUF file. Then choose it: `deskhand model use planner ID`."),
    (r"undo|take back|deleted|restore|mistake|back\b.*file", "Every answer that changed something has an Undo button; in the terminal `deskhand run list` shows the runs and `deskhand run undo ID` takes one back. What is deleted goes to Deskhand's trash until then."),
    (r"permission|allow|revoke|access|grant", "What I may do without asking is on the Settings page and in `deskhand permission list`; revoke one with `deskhand permission revoke ID`. Reading and changes that can be undone need no question inside your workspace."),
    (r"workspace", "The workspace is the folder that requests are about. Choose it in the window's settings, or start `deskhand ask` in the folder you mean; `--workspace` names another."),
    (r"theme|dark|light|language|setting|config", "The Settings page holds everything (Ctrl+,); in the terminal `deskhand config list` and `deskhand config set KEY VALUE`."),
    (r"shortcut|keyboard|keys", "F1 shows the keys: Ctrl+N a new conversation, Ctrl+K the palette, Esc stops, Ctrl+Enter sends."),
    (r"conversation|history|past|chats|what you did", "Past conversations are in the column on the left, with full-text search (Ctrl+Shift+F); what was done is on the Activity page and in `deskhand run list`."),
    (r"stop|cancel|pause", "Press Esc or the Stop button; in the terminal Ctrl+C, or `deskhand run cancel ID`. What was already done can be undone."),
    (r"export|back up|backup|my data|where.*(?:data|files|notes|logs)|delete everything", "Everything is in one folder, shown by `deskhand doctor`. `deskhand backup create` writes it to one file, `deskhand run export ID` a single run."),
    (r"api|terminal|command line|script", "`deskhand ask \"…\"` does one request, `deskhand chat` talks in the terminal, and `deskhand serve` offers an HTTP API on this machine, OpenAI's included."),
    (r"reviewer|planner|executor|run\b|starter", "The Planner writes the steps, the Reviewer judges them, the Executor carries them out; each may be another model. The starter is the small model that is built in. A run is one request with its steps and its undo."),
    (r"update|uninstall|restart|doctor", "`deskhand doctor` says what is well and what is not, `deskhand stop` ends the core; the next request starts it again."),
    (r"\bmcp\b|\bservers?\b|add.*tools?", "Add a server on the Tools page, or with `deskhand mcp add NAME -- COMMAND`; `deskhand mcp import FILE` takes over what another program has. `deskhand tool list` shows the tools that are there."),
    (r"memor|remember|forget|know about me", "What is said here is kept on this machine. The Memory page shows it, by day; there, or with `deskhand memory`, facts are added, searched, changed and forgotten for good. Here, say \"remember that …\", \"forget …\" or \"what do you know about …\"."),
    (r"schedul|remind|repeat|every (?:day|week|month)|recurring", "Say \"remind me tomorrow at 8 to …\" or \"every weekday at 9 …\"; the Schedules page and `deskhand schedule` show what is due, what was done and what was missed."),
    (r"skill", "The Skills page and `deskhand skill list` show them; say $ and a name to run one. `deskhand skill learn` makes one of the last run."),
    (r"device|computer|machine", "The Devices page and `deskhand device list` show your other machines. `deskhand device invite` makes a code with which one joins; then say @ and its name before a request, or \"… on the NAME machine\"."),
)  # fmt: skip
EXAMPLES = {
    "mkdir": "make a folder", "write": "make a file with some text", "append": "add text to a file", "prepend": "put text at the top of a file", "edit": "replace text in a file", "cut": "take a line out of a file", "read": "show a file", "list": "list a folder",
    "find": "find files", "count": "count files", "lines": "count the lines of a file", "words": "count the words of a file", "size": "tell the size of a file", "when": "tell when a file was changed", "exists": "check whether a file is there",
    "move": "move files", "rename": "rename a file", "copy": "copy files", "delete": "delete files", "zip": "pack files into a zip", "unzip": "unpack an archive", "sort": "sort files into folders", "merge": "join files into one", "save": "save a result to a file",
    "note": "take a note", "notefind": "search your notes", "notes": "show your notes", "calc": "calculate", "convert": "convert units", "time": "tell the time", "date": "tell the date", "days": "count days", "cpu": "show the processor's load",
    "memory": "show the memory", "disk": "show the disk space", "battery": "show the battery", "system": "describe this machine", "programs": "list running programs", "quit": "end a program", "url": "open a web page", "app": "start a program", "open": "open a file",
    "fetch": "fetch a web page", "web": "search the web", "paste": "show the clipboard", "clip": "copy text to the clipboard", "shell": "run a command", "remind": "set a reminder", "schedule": "repeat something on a schedule", "remember": "remember something",
    "recall": "recall something", "forget": "forget something", "device": "do something on another device", "skill": "run a skill",
}  # fmt: skip


def later(what: str) -> str:
    """That the starter cannot do this, and what can."""
    return MEANWHILE.get(what) or f"I understood that this is about {what}, which this version cannot do yet. {BIGGER}"


def how_to(question: str) -> str:
    """How something is done here, or that a bigger model is needed."""
    return next((text for pattern, text in _TOPICS if re.search(pattern, question, re.I)), BIGGER)


def not_sure(guesses: list[str]) -> str:
    """An honest question back, with the nearest three."""
    near = [EXAMPLES[intent] for intent in guesses if intent in EXAMPLES][:3]
    options = f" Did you want to {', '.join(near[:-1])}{' or ' if len(near) > 1 else ''}{near[-1]}?" if near else ""
    return f"I am not sure what you mean.{options} Say it in other words, one thing after the other; nothing was done. For open questions a bigger model is needed. The best one for this machine can be fetched (in the window under Models)."
