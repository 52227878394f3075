"""Facts of the catalogue's files asked of the model hub: sizes, checksums, new quantisations. Once a week at most, nothing needs an update of Deskhand."""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.errors import ModelError
from models.catalog.current import Catalog, RepoFacts, day_of
from models.catalog.repository import HubApi, read_files

log = logging.getLogger("deskhand.models")
_SILENT = ("hub_unreachable", "hub_busy")  # the next repository would fare no better


def refresh(catalog: Catalog, hub: HubApi, now: float, stop: Callable[[], bool] = lambda: False) -> int:
    """Ask about every repository of the catalogue and take over what makes sense; how many answered. Blocks on the network, a minute or two.

    ``now`` in seconds since 1970. ``stop`` is asked between two repositories. An answer that is none changes nothing; a hub that is
    silent is asked again next time, one that refuses some repositories only next week.
    """
    found: dict[str, RepoFacts] = {}
    for repo in dict.fromkeys(profile.repo for profile in catalog.local()):
        if stop():
            return 0
        try:
            if files := read_files(hub, repo):
                found[repo] = RepoFacts(files, day_of(now))
        except ModelError as error:
            log.info("no news of %s: %s", repo, error.message)
            if error.code in _SILENT:
                if not found:
                    return 0
                break
    catalog.update(found, now)
    return len(found)
