"""Money of one country in another's, by the reference rates of the European Central Bank (or an address of the person's that speaks its format).

The rates are fetched at most twice a day and kept; while they are fresh nothing leaves the machine. Every answer names the day that its rate is of.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from core.errors import ToolFailed, ToolRetry
from core.home import Home
from core.network.http import make_async_client
from core.ports import Scope, ToolContext, ToolResult
from core.settings import write_atomically
from tools.declare import tool
from tools.untrusted_xml import parsed

ECB = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"  # euro foreign exchange reference rates, once each working day
FRESH = datetime.timedelta(hours=12)
OLD_DAYS = 7  # older rates are said to be old
NAMES = {
    "EUR": "€ euro euros", "USD": "$ us$ dollar dollars usdollar usdollars buck bucks", "GBP": "£ pound pounds quid sterling poundsterling poundssterling", "JPY": "¥ yen", "CHF": "franc francs swissfranc swissfrancs",
    "CNY": "yuan renminbi rmb", "INR": "₹ rupee rupees", "SEK": "swedishkrona swedishkronor", "NOK": "norwegiankrone norwegiankroner", "DKK": "danishkrone danishkroner", "PLN": "złoty zloty zlotys zł", "CZK": "koruna korunas czechkoruna czechkorunas kč",
    "HUF": "forint forints", "CAD": "c$ canadiandollar canadiandollars", "AUD": "a$ australiandollar australiandollars", "NZD": "nz$ newzealanddollar newzealanddollars", "BRL": "r$ real reais", "MXN": "peso pesos mexicanpeso mexicanpesos",
    "KRW": "₩ won", "TRY": "₺ lira turkishlira", "ILS": "₪ shekel shekels", "ZAR": "rand", "THB": "฿ baht", "SGD": "s$ singaporedollar singaporedollars", "HKD": "hk$ hongkongdollar hongkongdollars", "PHP": "₱ philippinepeso philippinepesos",
    "IDR": "rupiah", "MYR": "ringgit", "RON": "leu lei", "ISK": "icelandickrona icelandickronur",
}  # fmt: skip
_CODES = {name: code for code, names in NAMES.items() for name in (code.lower(), *names.split())}


def currency(text: str) -> str:
    """ISO 4217 code of a currency as people write it; empty where it is none that is known."""
    said = re.sub(r"[\s.]+", "", text.lower())
    return _CODES.get(said, said.upper() if re.fullmatch(r"[a-z]{3}", said) else "")


def _address(context: ToolContext) -> str:
    row = context.accounts.settings("rates") if context.accounts else {}
    return str(row.get("url") or ECB)


def _kept(context: ToolContext) -> dict[str, Any]:
    """The rates of the last fetch from this address, or nothing."""
    try:
        found = json.loads((Home.default().root / "cache" / "rates.json").read_text(encoding="utf-8"))
        return found if found["address"] == _address(context) and isinstance(found["rates"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _fresh(context: ToolContext, kept: dict[str, Any] | None = None) -> bool:
    try:
        return bool(context.clock.now() - datetime.datetime.fromisoformat((_kept(context) if kept is None else kept)["fetched"]) < FRESH)
    except (KeyError, ValueError, TypeError):
        return False


def _scopes(args: dict[str, Any], context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("none"),) if _fresh(context) else (Scope("host", urlsplit(_address(context)).hostname or "", False),)


@tool(
    "money.convert",
    "leaves",
    scopes=_scopes,
    stays=lambda args, context: _fresh(context),
    limit=1,
    aliases=("convert_currency", "currency_convert", "exchange_rate", "currency", "convert_money", "get_exchange_rate", "currency_exchange", "fx_rate"),
)
async def convert(
    context: ToolContext,
    amount: Annotated[float, "how much"],
    source: Annotated[str, "currency, such as USD, dollars or £"],
    target: Annotated[str, "currency to convert to"],
) -> ToolResult:
    """Convert an amount of money between currencies, by the reference rates of the European Central Bank; the day of the rate is said."""
    pair = [currency(name) for name in (source, target)]
    if "" in pair:
        raise ToolRetry(f"{(source, target)[pair.index('')]!r} is no currency that I know.", hint="Its code of three letters works, such as EUR, USD, GBP, JPY or CHF.")
    kept = _kept(context)
    if not _fresh(context, kept):
        kept = await _fetched(context, kept)
    rates = {**kept["rates"], "EUR": 1.0}
    if missing := [code for code in pair if code not in rates]:
        raise ToolFailed(f"There is no rate for {', '.join(missing)}.", code="no_rate", hint=f"There are rates for {', '.join(sorted(rates))}.")
    result = amount / rates[pair[0]] * rates[pair[1]]
    rate = rates[pair[1]] / rates[pair[0]]
    age = (context.clock.now().date() - datetime.date.fromisoformat(kept["date"])).days
    old = f", {age} days old" if age > OLD_DAYS else ""
    said = f"{amount:,.2f} {pair[0]} is {result:,.2f} {pair[1]} (1 {pair[0]} = {rate:.5g} {pair[1]}, rates of {kept['date']}{old})."
    return ToolResult({"amount": amount, "source": pair[0], "target": pair[1], "result": round(result, 4), "unit": pair[1], "rate": rate, "date": kept["date"]}, said)


async def _fetched(context: ToolContext, kept: dict[str, Any]) -> dict[str, Any]:
    """Today's rates; those kept where there are some and the address does not answer."""
    import httpx

    address = _address(context)
    try:
        async with make_async_client(timeout=20) as client:
            answer = await client.get(address)
            answer.raise_for_status()
        date, rates = read_rates(answer.content[:1_000_000])
    except (httpx.HTTPError, ValueError) as error:
        if kept:
            return kept
        raise ToolFailed(
            f"{urlsplit(address).hostname} gives no rates ({str(error)[:120] or type(error).__name__}).",
            code="unreachable",
            retryable=True,
            hint="Without a rate the amount cannot be converted; calc.evaluate works with a rate that the person names.",
        ) from error
    found = {"address": address, "fetched": context.clock.now().isoformat(), "date": date, "rates": rates}
    file = Home.default().root / "cache" / "rates.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, json.dumps(found).encode())
    return found


def read_rates(document: bytes) -> tuple[str, dict[str, float]]:
    """The newest day of an ECB document and its rates, in units for one euro. Raises ``ValueError`` for anything else."""
    days = parsed(document).xpath("//*[local-name()='Cube'][@time]")
    if not days:
        raise ValueError("it has no rates")
    day = max(days, key=lambda cube: cube.get("time"))
    rates = {cube.get("currency"): float(cube.get("rate")) for cube in day if cube.get("currency") and float(cube.get("rate") or 0) > 0}
    if not rates:
        raise ValueError("it has no rates")
    return datetime.date.fromisoformat(day.get("time")).isoformat(), rates
