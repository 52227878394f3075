"""Time zones by the places people name: the cities of the IANA database, and a few more by the zone they keep."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

# What zones are called for short, by the clocks that are kept there now; each is read as the whole zone, with its summer time
ABBREVIATIONS = {
    "utc": "UTC", "gmt": "UTC", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "bst": "Europe/London", "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York",
    "cst": "America/Chicago", "cdt": "America/Chicago", "mst": "America/Denver", "mdt": "America/Denver", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
    "pt": "America/Los_Angeles", "ist": "Asia/Kolkata", "jst": "Asia/Tokyo", "eet": "Europe/Helsinki", "aest": "Australia/Sydney",
}  # fmt: skip
_ALSO = {
    "la": "America/Los_Angeles", "nyc": "America/New_York", "san francisco": "America/Los_Angeles", "seattle": "America/Los_Angeles", "boston": "America/New_York", "washington": "America/New_York", "miami": "America/New_York",
    "atlanta": "America/New_York", "philadelphia": "America/New_York", "houston": "America/Chicago", "dallas": "America/Chicago", "austin": "America/Chicago", "las vegas": "America/Los_Angeles", "san diego": "America/Los_Angeles",
    "montreal": "America/Toronto", "ottawa": "America/Toronto", "calgary": "America/Edmonton", "rio": "America/Sao_Paulo", "rio de janeiro": "America/Sao_Paulo", "brasilia": "America/Sao_Paulo", "delhi": "Asia/Kolkata", "new delhi": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata", "bangalore": "Asia/Kolkata", "chennai": "Asia/Kolkata", "india": "Asia/Kolkata", "beijing": "Asia/Shanghai", "china": "Asia/Shanghai", "shenzhen": "Asia/Shanghai", "japan": "Asia/Tokyo", "osaka": "Asia/Tokyo",
    "korea": "Asia/Seoul", "south korea": "Asia/Seoul", "abu dhabi": "Asia/Dubai", "hanoi": "Asia/Ho_Chi_Minh", "saigon": "Asia/Ho_Chi_Minh", "barcelona": "Europe/Madrid", "spain": "Europe/Madrid", "milan": "Europe/Rome", "italy": "Europe/Rome",
    "munich": "Europe/Berlin", "hamburg": "Europe/Berlin", "frankfurt": "Europe/Berlin", "cologne": "Europe/Berlin", "germany": "Europe/Berlin", "france": "Europe/Paris", "lyon": "Europe/Paris", "england": "Europe/London", "uk": "Europe/London",
    "scotland": "Europe/London", "wales": "Europe/London", "edinburgh": "Europe/London", "manchester": "Europe/London", "geneva": "Europe/Zurich", "switzerland": "Europe/Zurich", "portugal": "Europe/Lisbon", "porto": "Europe/Lisbon", "ireland": "Europe/Dublin",
    "netherlands": "Europe/Amsterdam", "rotterdam": "Europe/Amsterdam", "belgium": "Europe/Brussels", "austria": "Europe/Vienna", "poland": "Europe/Warsaw", "krakow": "Europe/Warsaw", "greece": "Europe/Athens", "sweden": "Europe/Stockholm",
    "norway": "Europe/Oslo", "denmark": "Europe/Copenhagen", "finland": "Europe/Helsinki", "kyiv": "Europe/Kyiv", "ukraine": "Europe/Kyiv", "cape town": "Africa/Johannesburg", "south africa": "Africa/Johannesburg", "kenya": "Africa/Nairobi",
    "nigeria": "Africa/Lagos", "abuja": "Africa/Lagos", "new zealand": "Pacific/Auckland", "wellington": "Pacific/Auckland", "christchurch": "Pacific/Auckland", "canberra": "Australia/Sydney", "hawaii": "Pacific/Honolulu",
    "california": "America/Los_Angeles", "texas": "America/Chicago", "florida": "America/New_York", "tel aviv": "Asia/Jerusalem", "israel": "Asia/Jerusalem", "thailand": "Asia/Bangkok",
}  # fmt: skip


def zone_of(place: str) -> ZoneInfo | None:
    """The zone of an IANA name, a city, one of the countries with a single zone, or an abbreviation; None for anything else."""
    if short := ABBREVIATIONS.get(place.strip().lower()):
        return ZoneInfo(short)
    try:
        return ZoneInfo(place.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    key = re.sub(r"[^a-z ]", "", place.lower().replace("_", " ").replace("-", " ")).strip()
    name = _ALSO.get(key) or _cities().get(key)
    return ZoneInfo(name) if name else None


@cache
def _cities() -> dict[str, str]:
    return {
        zone.rsplit("/", 1)[-1].replace("_", " ").replace("-", " ").lower(): zone
        for zone in sorted(available_timezones())
        if "/" in zone and not zone.startswith(("Etc", "SystemV", "US", "posix"))
    }
