"""The settings that edits on the map change, and who may change them."""

from collections.abc import Callable

from app_pages.access.who import may
from app_pages.editing.scene import Scene
from app_pages.memory.keeping import (
    mark_now,
    save_settings,
    scenario_now,
    searching_now,
    settings_this_moment,
)
from planner.district import Settings, check_limits
from planner.errors import StoreError
from planner.language import note, say

__all__ = ["keep_decision", "settings_of_edits", "why_not"]


_TRIES = 8
"""Twenty people decide in one scenario at once, and each decision stands beside the others."""


def settings_of_edits() -> Settings:
    """Give the settings of the open scenario as they are now.

    Raises
    ------
    PlannerError
        If they cannot be read.
    """
    return settings_this_moment()


def why_not() -> str:
    """Say why nothing may be changed; "": it may."""
    if not may("plan"):
        return say("You may look at this plan, but not change it: your role is “view”.")
    if searching_now():
        return say("A search is running; limits can be changed when it has ended.")
    scenario = scenario_now()
    if scenario is not None and scenario.baseline:
        return say(
            "{name} is the state of today and locked. Make a copy of it.", name=scenario.name
        )
    return ""


def keep_decision(scene: Scene, change: Callable[[Settings], Settings]) -> bool:
    """Keep changed settings, if they fit together; false where somebody else just changed them.

    Raises
    ------
    PlannerError
        If they contradict each other, or cannot be kept.
    """
    sites, table = scene.prepared.options.sites, scene.prepared.options.table
    names = sites.index.to_numpy(object)

    def checked(settings: Settings) -> Settings:
        if mark_now() != scene.desk.base.scenario:  # another one is open in its place by now
            raise StoreError(note("The scenario that was open was deleted."))
        wanted = change(settings)
        added = {site.id for site in wanted.added}
        gone = {site.id for site in scene.prepared.district.settings.added} - added
        options = table.index[~table["site"].isin(gone)] if gone else table.index
        check_limits(
            wanted.limits,
            sites=set(names) - gone | added,
            stations=set(names[sites["existing"].to_numpy(bool)]),
            options=set(options.to_numpy(object)) | added,
        )
        return wanted

    return save_settings(checked, tries=_TRIES)
