"""Sites and cells -> the communities, streets and host types that limits are kept for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.coverage import Coverage
from planner.demand.names import two_names
from planner.district import District
from planner.language import Message, note

__all__ = ["Scopes", "scopes_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """Where sites and workers are, by name of scope."""

    sites: pd.DataFrame
    """Index site id; columns community, street and host_type, "" where it has none."""
    worked: Mapping[str, frozenset[str]]
    """Communities and streets in which workers are."""
    streets: int
    """Number of streets (镇街) of the district."""
    names: Mapping[str, Mapping[str, Message]]
    """Scope -> id -> what people call it; an id that is not there is called by itself."""

    def ids(self, scope: str) -> list[str]:
        """List the communities, streets or host types that have sites, sorted."""
        return sorted({*self.sites[scope]} - {""})

    def without_sites(self, scope: str) -> list[str]:
        """List the communities or streets that have workers and no site at all, sorted."""
        return sorted({*self.worked.get(scope, ())} - {*self.sites[scope], ""})

    def where(self, scope: str, identity: str) -> Message:
        """Tell a place as part of a sentence."""
        name = self.names.get(scope, {}).get(identity, identity)
        if scope == "community":
            return note("in community {name}", name=name)
        if scope == "street":
            return note("in street {name}", name=name)
        if scope == "host_type":
            return note("at hosts of type {name}", name=name)
        return note("in the whole district")


def scopes_of(coverage: Coverage, district: District | None) -> Scopes:
    """Find the community, street and host type of each site, and where workers are.

    The street of a place is that of its community, else what the list of sites says.
    """
    table, cells = coverage.options.sites, coverage.demand.cells
    street_of = _streets(district)
    sites = pd.DataFrame(
        {
            "community": _texts(table["community"]),
            "host_type": _texts(table["host_type"]),
        },
        index=table.index.astype(str),
    )
    listed = _texts(table["street"]) if "street" in table else np.full(len(table), "", object)
    sites["street"] = [
        street_of.get(community) or street
        for community, street in zip(sites["community"], listed, strict=True)
    ]
    busy = np.unique(_texts(cells["community"])[coverage.demand.workers.sum(axis=1) > 0])
    worked = frozenset(map(str, busy)) - {""}
    streets = frozenset(street_of[place] for place in worked if street_of.get(place))
    known = {*street_of.values(), *sites["street"]} - {""}
    return Scopes(
        sites=sites,
        worked={"community": worked, "street": streets},
        streets=len(known),
        names=_names(district),
    )


def _texts(values: pd.Series) -> NDArray[np.object_]:
    return values.fillna("").astype(str).to_numpy(dtype=object)


def _streets(district: District | None) -> dict[str, str]:
    if district is None or district.communities.empty:
        return {}
    streets = district.communities["street"].fillna("").astype(str)
    return dict(zip(map(str, streets.index), streets, strict=True))


def _names(district: District | None) -> dict[str, dict[str, Message]]:
    """Give what communities, host types and groups are called."""
    if district is None:
        return {}
    places, settings = district.communities, district.settings
    return {
        "community": {
            str(place): two_names(str(name), str(name))
            for place, name in zip(places.index, places["name"], strict=True)
        },
        "host_type": {host.id: two_names(host.name, host.name_en) for host in settings.hosts},
        "group": {group.id: two_names(group.name, group.name_en) for group in settings.groups},
    }
