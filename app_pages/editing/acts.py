"""What a hand did -> what stands, what must and must not be opened, and the settings."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

import streamlit as st

from app_pages.editing.scene import (
    PENDING,
    TOOL,
    Scene,
    candidates_changed,
    next_run,
    select,
    tell,
)
from app_pages.editing.settings import keep_decision, why_not
from planner.district.decisions import (
    Decision,
    add_area,
    add_candidate,
    allow,
    drop_area,
    drop_candidate,
    forbid,
    lock,
)
from planner.district.settings import AddedSite
from planner.errors import PlannerError
from planner.language import note

__all__ = [
    "add_site",
    "decide",
    "forget_acts",
    "forget_area",
    "forget_site",
    "pin",
    "redo",
    "stand_instead",
    "suggest",
    "swap",
    "take_acts",
    "take_away",
    "undo",
]

_SEEN = "edit_seen"
_MOST_CORNERS = 500


def take_acts(scene: Scene, answer: object) -> bool:
    """Do what the map tells that was not done yet; tell whether settings were changed.

    The map sends its last acts again and again until the next one, so that none is lost when two
    come at once: each has a number.
    """
    changed = False
    for act in _new_acts(answer):
        changed |= _act(scene, act)
    return changed


def forget_acts(answer: object) -> None:
    """Let what the map tells never be done: it was done on a scenario that is not open any more."""
    for _ in _new_acts(answer):
        pass


def _new_acts(answer: object) -> Iterator[Mapping[str, Any]]:
    """Give what the map tells that was not given yet, each once."""
    properties = _at(_at(answer, "last_active_drawing"), "properties")
    frame, acts = _at(properties, "frame"), _at(properties, "acts")
    if not isinstance(frame, str) or not isinstance(acts, list):
        return
    seen: dict[str, int] = st.session_state.setdefault(_SEEN, {})
    for act in acts:
        number = _at(act, "number")
        if isinstance(number, int) and number > seen.get(frame, 0):
            seen[frame] = number
            yield act


def _act(scene: Scene, act: Mapping[str, Any]) -> bool:
    tool, at = act.get("tool"), act.get("at")
    if scene.why_not and tool != "select":
        tell(scene.why_not)
        return False
    if tool == "area":
        return _area(scene, act.get("ring"))
    if not _is_place(at):
        return False
    if tool == "add":
        st.session_state[PENDING] = (float(at[0]), float(at[1]))
        return False
    reach_m = act.get("reach_m")
    site = scene.site_at(
        at[0], at[1], **({"reach_m": float(reach_m)} if isinstance(reach_m, int | float) else {})
    )
    if tool in ("lock", "forbid"):
        return _pin_at(scene, site, tool)
    if site is not None or tool == "select":
        select(site)
    return False


def _pin_at(scene: Scene, site: str | None, name: str) -> bool:
    if site is None:
        tell(note("No site is there. Click closer to a mark."))
        return False
    select(site)
    now = scene.limits.lock if name == "lock" else scene.limits.forbid
    return pin(scene, site, "" if site in now else name)


def pin(scene: Scene, site: str, name: str) -> bool:
    """Let a site stand among those that must ("lock") or must not ("forbid") be opened, or none."""
    if scene.is_station(site):
        tell(
            note(
                "{site} is there today. Whether it may close or move is set on page 4.",
                site=scene.title(site),
            )
        )
        return False
    makes = {"lock": lock, "forbid": forbid}.get(name, allow)
    return decide(scene, makes(scene.settings, site))


def _area(scene: Scene, ring: object) -> bool:
    if not isinstance(ring, list) or not all(map(_is_place, ring)):
        return False
    if len(ring) > _MOST_CORNERS:
        tell(note("An area has at most {count} corners.", count=_MOST_CORNERS))
        return False
    return decide(scene, add_area(scene.settings, [(lon, lat) for lon, lat in ring]))


def forget_area(scene: Scene, number: int) -> None:
    """Delete a no-go area, by its number from 1."""
    if number <= len(scene.limits.no_go):
        decide(scene, drop_area(scene.settings, number))


def add_site(scene: Scene, host: str, name: str) -> None:
    """Make a candidate where it was asked about, and select it."""
    place = st.session_state.get(PENDING)
    if place is None:
        return
    site = AddedSite(id=_fresh_id(scene), name=name.strip(), lon=place[0], lat=place[1], host=host)
    if decide(scene, add_candidate(scene.settings, site)):
        del st.session_state[PENDING]
        st.session_state[TOOL] = "select"
        select(site.id)


def forget_site(scene: Scene, site: str) -> None:
    """Delete a candidate that was added by hand, and take it out of what stands."""
    if _refused():
        return
    for option in scene.options_of(site):
        scene.desk.remove(option)
    if decide(scene, drop_candidate(scene.settings, site)):
        select(None)


def _fresh_id(scene: Scene) -> str:
    """Give an id that no site has."""
    taken = set(scene.prepared.options.sites.index) | {site.id for site in scene.settings.added}
    return next(f"A{number}" for number in range(1, len(taken) + 2) if f"A{number}" not in taken)


# What stands -------------------------------------------------------------------------------------


def suggest(scene: Scene) -> None:
    """Add what gains most and breaks no limit."""
    if _refused():
        return
    with scene.held():
        found = scene.desk.suggest()
    if found is None:
        tell(note("Nothing can be added within the limits that gains anything."))
    else:
        _select_option(scene, found)


def swap(scene: Scene) -> None:
    """Make the exchange of two that gains most."""
    if _refused():
        return
    with scene.held():
        found = scene.desk.best_swap()
    if found is None:
        tell(note("No exchange of two gains anything."))
    else:
        _select_option(scene, found.new)


def take_away(scene: Scene, option: str) -> None:
    """Let an option no longer stand."""
    if not _refused():
        scene.desk.remove(option)


def stand_instead(scene: Scene, option: str) -> None:
    """Let an option stand in the place of another one of its site, if one stands."""
    if _refused():
        return
    site, standing = str(scene.prepared.options.table["site"][option]), set(scene.desk.chosen)
    beside = [each for each in scene.options_of(site) if each in standing]
    if beside:
        scene.desk.swap(beside[0], option)
    else:
        scene.desk.add(option)


def _select_option(scene: Scene, option: str) -> None:
    table = scene.prepared.options.table["site"]
    if option in table.index:
        select(str(table[option]))


# Decisions, and back -----------------------------------------------------------------------------


def decide(scene: Scene, decision: Decision) -> bool:
    """Keep a decision in the settings, and note it so that it can be undone."""
    if not decision.changes or _refused():
        return False
    if not _kept(scene, decision.done):
        return False
    scene.desk.record(decision.kind, decision.plain())
    _prepare_anew(decision)
    return True


def undo(scene: Scene) -> None:
    """Take the last edit back, whatever it was."""
    _step(scene, scene.desk.undo, scene.desk.redo, lambda decision: decision.undone)


def redo(scene: Scene) -> None:
    """Do again what was undone last, whatever it was."""
    _step(scene, scene.desk.redo, scene.desk.undo, lambda decision: decision.done)


def _step(
    scene: Scene,
    step: Callable[[], Any],
    back: Callable[[], Any],
    way: Callable[[Decision], Callable[[Any], Any]],
) -> None:
    """Go one edit back or forth; where its settings are refused, the edit stays where it was."""
    if _refused():
        return
    edit = step()
    decision = Decision.of_plain(edit.kind, edit.about) if edit is not None else None
    if decision is None:
        return
    if _kept(scene, way(decision)):
        _prepare_anew(decision)
    else:
        back()


def _kept(scene: Scene, change: Callable[[Any], Any]) -> bool:
    try:
        kept = keep_decision(scene, change)
    except PlannerError as refused:
        tell(refused)
        return False
    if not kept:
        next_run(whole=True)  # what the other person did is told above the page
    return kept


def _prepare_anew(decision: Decision) -> None:
    """Let the district be prepared with the candidates that there are now, where they changed.

    Last of all: who goes to another page at this moment ends the run here.
    """
    if any(each.list == "added" for each in decision.changes):
        candidates_changed(now=True)


def _refused() -> bool:
    """Tell whether nothing may be changed now, whatever the page showed; why is told beside it."""
    if why := why_not():
        tell(why)
    return bool(why)


# What a browser sent is not to be trusted --------------------------------------------------------


def _at(thing: object, key: str) -> Any:  # noqa: ANN401 - whatever a browser sent
    return thing.get(key) if isinstance(thing, Mapping) else None


def _is_place(at: object) -> TypeGuard[list[float]]:
    return (
        isinstance(at, list)
        and len(at) == 2  # noqa: PLR2004 - longitude and latitude
        and all(isinstance(each, int | float) and abs(each) <= 180 for each in at)  # noqa: PLR2004 - degrees
    )
