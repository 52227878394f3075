"""A web page in a real browser: opened, read as assistive technology sees it, clicked, filled in, pictured. By Playwright, where it is installed.

Every run has a profile of its own that ends with it: no cookies of the person's, no history. What a page says is data from outside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from core.errors import ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools import paths
from tools.browsing import Browsers, Visit, first_line, page_error, why_no_browser
from tools.builtin.opening import _address
from tools.builtin.web import _refuse_inner
from tools.declare import Planned, tool
from tools.framing import from_outside
from tools.workbench import Workbench

MOST_TEXT = 60_000
ROLES = ("button", "link", "textbox", "searchbox", "checkbox", "radio", "combobox", "option", "tab", "menuitem", "switch", "slider", "heading")
ELEMENT = Annotated[str, "its name or label, or role and name such as 'button Send', as browser.read gives them"]
browsers = Browsers()
INSTEAD = "web.fetch reads pages that need no scripts."


def _missing(environment: object) -> str:
    return why_no_browser()


def _here(args: dict, context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("host", browsers.host(context.run_id), False),)


@tool(
    "browser.open",
    "leaves",
    hosts=("url",),
    limit=2,
    fresh=True,
    unavailable=_missing,
    instead=INSTEAD,
    aliases=("browser_navigate", "navigate", "goto", "open_page", "browser_goto", "visit_page"),
)
async def open_(context: ToolContext, url: Annotated[str, "web address"]) -> ToolResult:
    """Open a page in a browser that runs its scripts, and read it. For pages that only give text, web.fetch is quicker."""
    address = _address(url)
    _refuse_inner(address)
    return await _read(await browsers.open(context.run_id, address))


@tool(
    "browser.read",
    "leaves",
    scopes=_here,
    limit=2,
    fresh=True,
    unavailable=_missing,
    instead=INSTEAD,
    aliases=("browser_snapshot", "read_page", "browser_read", "page_content", "browser_get_text"),
)
async def read(context: ToolContext) -> ToolResult:
    """What the open page shows now: its elements with role and name."""
    return await _read(browsers.of(context.run_id))


@tool("browser.click", "leaves", scopes=_here, limit=1, unavailable=_missing, instead=INSTEAD, aliases=("browser_click", "click_link", "page_click"))
async def click(context: ToolContext, element: ELEMENT) -> ToolResult:
    """Click an element of the open page, and read what it shows then."""
    return await _acted(context, element, lambda found: found.click())


@tool(
    "browser.fill", "leaves", scopes=_here, limit=1, unavailable=_missing, instead=INSTEAD, aliases=("browser_type", "browser_fill", "fill_form", "page_type", "type_in_page"),
    preview=lambda args: f"{args.get('element')}: {args.get('text')}" + (" (and send it)" if args.get("send") else ""),
)  # fmt: skip
async def fill(
    context: ToolContext, element: ELEMENT, text: Annotated[str, "what to write, or which option of a list to choose"], send: Annotated[bool, "press Enter afterwards"] = False
) -> ToolResult:
    """Write into a field of the open page."""

    async def work(found: Any) -> None:
        if await found.evaluate("e => e.tagName === 'SELECT'"):
            await found.select_option(label=text)
        else:
            await found.fill(text)
        if send:
            await found.press("Enter")

    return await _acted(context, element, work)


async def _pictured(values: dict[str, Any], context: ToolContext) -> dict[str, Any]:
    """The picture is taken before its file is planned: the page is the loop thread's."""
    visit = browsers.of(context.run_id)
    try:
        return {"png": await visit.page.screenshot(full_page=values["whole"], type="png")}
    except page_error() as error:
        raise ToolFailed(f"The page cannot be pictured: {first_line(error)}", code="tool_failed", hint="browser.read reads it as text.") from error


@tool(
    "browser.picture",
    "reversible",
    writes=("target",),
    ahead=_pictured,
    unavailable=_missing,
    instead=INSTEAD,
    aliases=("browser_screenshot", "page_screenshot", "screenshot_page", "browser_take_screenshot"),
)
def picture(bench: Workbench, target: Annotated[str, "file to make, .png"] = "page.png", whole: Annotated[bool, "the whole page, not only what is in view"] = False) -> Planned:
    """Take a picture of the open page."""
    goal = paths.target_of(target, bench.workspace)
    if goal.suffix.lower() != ".png":
        raise ToolRetry("A picture of a page is a .png.", hint="target ends in .png.")
    changes = (*bench.changes.folders(goal.parent), bench.changes.put(goal, bench.ahead["png"]))
    return Planned(changes, {"path": str(goal), "bytes": len(bench.ahead["png"])}, f"The picture is {bench.shown(goal)}.", f"the open page → {bench.shown(goal)}")


@tool(
    "browser.close",
    "reads",
    fresh=True,
    scopes=lambda args, context: (Scope("none"),),
    unavailable=_missing,
    instead=INSTEAD,
    aliases=("browser_close", "close_page", "close_browser"),
)
async def close(context: ToolContext) -> ToolResult:
    """Close the page of this run."""
    await browsers.close(context.run_id)
    return ToolResult({"closed": True}, "The page is closed.")


async def _acted(context: ToolContext, element: str, work: Callable[[Any], Awaitable[Any]]) -> ToolResult:
    visit = browsers.of(context.run_id)
    found = await _element(visit, element)
    try:
        await work(found)
        await visit.page.wait_for_load_state("domcontentloaded")
    except page_error() as error:
        raise ToolFailed(browsers.refusal(visit) or f"{element!r}: {first_line(error)}", code="no_action", hint="browser.read shows what is on the page now.") from error
    await browsers.stayed(visit)
    return await _read(visit)


async def _element(visit: Visit, wanted: str) -> Any:
    """The one element that is meant, in the order of certainty. Raises :class:`ToolRetry` where none or several are."""
    said = wanted.strip()
    role, _, name = said.partition(" ")
    page, several = visit.page, 0
    tries = [page.get_by_role(role.lower(), name=name.strip("\"' "), exact=True)] if role.lower() in ROLES and name else []
    tries += [
        page.get_by_label(said, exact=True),
        *(page.get_by_role(kind, name=said, exact=True) for kind in ROLES[:11]),
        page.get_by_placeholder(said, exact=True),
        page.get_by_text(said, exact=True),
    ]
    for found in tries:
        count = await found.count()
        if count == 1:
            return found
        several = several or count
    raise ToolRetry(
        f"{several} elements are called {wanted!r}; add its role, such as 'link {said}'." if several else f"There is no element {wanted!r} on the page; browser.read shows them.",
        code="not_found",
        hint="element is a name or label on the page, or role and name; browser.read shows them.",
    )


async def _read(visit: Visit) -> ToolResult:
    try:
        shown = await visit.page.locator("body").aria_snapshot()
        title, address = await visit.page.title(), visit.page.url
    except page_error() as error:
        raise ToolFailed(f"The page cannot be read: {first_line(error)}", code="unreadable", retryable=True, hint="web.fetch may read it without a browser.") from error
    left = f"\n… {len(shown) - MOST_TEXT} more letters of the page were left out." if len(shown) > MOST_TEXT else ""
    text = from_outside(f"Open page {address} “{' '.join(title.split())[:120]}”", f"{shown[:MOST_TEXT]}{left}")
    return ToolResult({"url": address, "title": title, "text": shown[:MOST_TEXT]}, text, tainted=True)
