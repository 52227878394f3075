"""The catalogue: profiles of real models as data, with who states each fact, kept up to date from the model hub.

``*.toml`` here hold what came with Deskhand; ``current.py`` adds newer facts, ``refresh.py`` asks for them; ``search.py`` finds models on the hub.
"""

from __future__ import annotations

import re
from datetime import date

from models.catalog.current import Catalog
from models.catalog.loading import FOLDER, Source, built_in, sources
from models.catalog.profile import BITS, ROLES, CloudProfile, LocalProfile, Profile

__all__ = ["BITS", "FOLDER", "ROLES", "Catalog", "CloudProfile", "LocalProfile", "Profile", "Source", "cloud_model", "find", "local_profiles", "names_at", "profiles", "sources"]


def profiles() -> tuple[Profile, ...]:
    """Every profile as it came with Deskhand, those of services that have ended too."""
    return built_in()


def local_profiles() -> tuple[LocalProfile, ...]:
    """Models as files, as they came with Deskhand."""
    return tuple(profile for profile in built_in() if isinstance(profile, LocalProfile))


def find(model_id: str) -> LocalProfile | None:
    """The profile of a file with this id, or whose id a file's name begins with (``Qwen3-4B-Q4_K_M`` is ``qwen3-4b``)."""
    wanted = model_id.lower().replace("_", "-")
    bare = wanted.replace("-instruct", "").replace("-it", "")
    matching = [profile for profile in local_profiles() if wanted == profile.id or bare.startswith(profile.id.replace("-instruct", ""))]
    return max(matching, key=lambda profile: len(profile.id), default=None)


def cloud_model(name: str, today: date | None = None) -> CloudProfile | None:
    """The profile of a service's model by the name that its API takes, dated (``gpt-4.1-2025-04-14``) or under a broker's prefix too.

    With ``today`` not one that has ended by then.
    """
    wanted = name.lower().rpartition("/")[2]
    for profile in built_in():
        if isinstance(profile, CloudProfile) and not (today and profile.has_ended(today)):
            bare = profile.id.partition("/")[2].lower()
            if wanted == bare or re.fullmatch(re.escape(bare) + r"-(\d{4}-\d\d-\d\d|\d{8}|latest)", wanted):
                return profile
    return None


def names_at(provider: str) -> list[str]:
    """The models that a service still has, as its API takes them, the best first."""
    today = date.today()
    here = [profile for profile in built_in() if isinstance(profile, CloudProfile) and profile.provider == provider and not profile.has_ended(today)]
    return [profile.id.partition("/")[2] for profile in sorted(here, key=lambda profile: -profile.grade)]
