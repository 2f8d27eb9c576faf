"""The settings that edits on the map change, and who may change them."""

from collections.abc import Callable
from dataclasses import replace

from app_pages.edit_scene import Scene
from app_pages.shelf import Entry
from app_pages.who import may
from planner.district import Settings, check_limits, read_settings, write_settings
from planner.language import say

__all__ = ["keep_decision", "settings_of_edits", "why_not"]


def settings_of_edits(entry: Entry) -> Settings:
    """Give the settings as they are now.

    Raises
    ------
    PlannerError
        If they cannot be read.
    """
    return read_settings(entry.folder)


def why_not() -> str:
    """Say why nothing may be changed; "": it may."""
    if not may("plan"):
        return say("You may look at this plan, but not change it: your role is “view”.")
    return ""


def keep_decision(scene: Scene, change: Callable[[Settings], Settings]) -> None:
    """Keep changed settings, if they fit together.

    Raises
    ------
    PlannerError
        If they contradict each other, or cannot be kept.
    """
    wanted = change(settings_of_edits(scene.entry))
    sites = scene.prepared.options.sites
    added = {site.id for site in wanted.added}
    known = sites.index.union(sorted(added))
    check_limits(
        wanted.limits,
        sites=known,
        stations=sites.index[sites["existing"]],
        options=scene.prepared.options.table.index.union(sorted(added)),
    )
    write_settings(scene.entry.folder, replace(wanted))
