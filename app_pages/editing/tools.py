"""The one toolbar of the map: what a click means, and what is done at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from app_pages.editing.acts import redo, suggest, swap, undo
from app_pages.editing.scene import PENDING, TOOL, TOOLS, Scene
from planner.language import say
from planner.maps import editing_script

__all__ = ["show_tools", "tell_map", "tool_in_hand"]

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Button:
    """A button of the toolbar."""

    key: str
    label: str
    icon: str
    help: str
    letter: str = ""
    """The key that presses it."""
    off: bool = False
    pressed: bool = False


def tool_in_hand(scene: Scene) -> str:
    """Give the tool that a click on the map uses."""
    tool = str(st.session_state.get(TOOL, "select"))
    return tool if tool in TOOLS and not scene.why_not else "select"


def show_tools(scene: Scene, *, back: Callable[[], None], keep: Callable[[], None]) -> None:
    """Draw the toolbar; `back` and `keep` are done in a run of the whole page."""
    with st.container(horizontal=True, gap="small", key="edit_toolbar"):
        for button, tool in zip(_tools(scene), TOOLS, strict=True):
            _draw(button, partial(_take, tool))
        for button, act in zip(_steps(scene), (undo, redo, suggest, swap), strict=True):
            _draw(button, partial(act, scene))
        for button, act_whole in zip(_plan(scene), (back, keep), strict=True):
            if _draw(button, None) and not scene.why_not:
                act_whole()
                st.rerun()
    if scene.why_not:
        st.caption(f":material/lock: {scene.why_not}")


def tell_map(scene: Scene) -> None:
    """Tell the map which tool is in hand, and what is selected or asked about; it has no height."""
    site, pending = scene.selected, st.session_state.get(PENDING)
    script = editing_script(
        tool=tool_in_hand(scene),
        off=bool(scene.why_not),
        selected=scene.place_of(site) if site is not None else None,
        pending=pending if tool_in_hand(scene) == "add" else None,
    )
    look = (_HERE / "edit_look.css").read_text(encoding="utf-8")
    keys = (_HERE / "edit_keys.js").read_text(encoding="utf-8")
    st.html(f"<style>{look}</style><script>{keys}\n{script}</script>", unsafe_allow_javascript=True)


def _take(tool: str) -> None:
    st.session_state[TOOL] = tool
    if tool != "add":
        st.session_state.pop(PENDING, None)


def _draw(button: _Button, act: Callable[[], None] | None) -> bool:
    hint = button.help
    if button.letter:
        hint = say("{what} Key: {letter}", what=hint, letter=button.letter)
    return st.button(
        button.label,
        key=f"edit_{button.key}",
        icon=button.icon,
        help=hint,
        disabled=button.off,
        type="primary" if button.pressed else "secondary",
        on_click=act,
    )


def _tools(scene: Scene) -> list[_Button]:
    told = {
        "select": (
            say("Select"),
            ":material/near_me:",
            say("A click selects a site and shows what it would change."),
            "S",
        ),
        "add": (
            say("New site"),
            ":material/add_location_alt:",
            say("A click makes a new candidate where the finger points."),
            "A",
        ),
        "lock": (
            say("Lock"),
            ":material/lock:",
            say("A click on a site: it must be opened. Again: it need not."),
            "L",
        ),
        "forbid": (
            say("Forbid"),
            ":material/block:",
            say("A click on a site: it must not be opened. Again: it may."),
            "F",
        ),
        "area": (
            say("No-go area"),
            ":material/pentagon:",
            say("Clicks are the corners of an area where nothing may be opened."),
            "D",
        ),
    }
    now = tool_in_hand(scene)
    return [
        _Button(
            key=f"tool_{tool}",
            label=label,
            icon=icon,
            help=scene.why_not or hint,
            letter=letter,
            off=bool(scene.why_not),
            pressed=tool == now,
        )
        for tool, (label, icon, hint, letter) in told.items()
    ]


def _steps(scene: Scene) -> list[_Button]:
    off, desk = bool(scene.why_not), scene.desk
    return [
        _Button(
            key="undo",
            label=say("Undo"),
            icon=":material/undo:",
            help=scene.why_not or say("Takes the last edit back, also of areas and locks."),
            letter="Z",
            off=off or not desk.can_undo,
        ),
        _Button(
            key="redo",
            label=say("Redo"),
            icon=":material/redo:",
            help=scene.why_not or say("Does again what was undone last."),
            letter="Y",
            off=off or not desk.can_redo,
        ),
        _Button(
            key="suggest",
            label=say("Suggest next"),
            icon=":material/exposure_plus_1:",
            help=scene.why_not or say("Adds what gains most and breaks no limit."),
            letter="P",
            off=off,
        ),
        _Button(
            key="swap",
            label=say("Best swap"),
            icon=":material/swap_horiz:",
            help=scene.why_not or say("Exchanges the one pair that gains most, over all pairs."),
            letter="X",
            off=off,
        ),
    ]


def _plan(scene: Scene) -> list[_Button]:
    off = bool(scene.why_not) or not scene.edited
    return [
        _Button(
            key="back",
            label=say("Back to the plan"),
            icon=":material/restart_alt:",
            help=scene.why_not or say("Lets the plan stand again as it was found."),
            off=off,
        ),
        _Button(
            key="keep",
            label=say("Keep as the plan"),
            icon=":material/save:",
            help=scene.why_not or say("Writes what stands as the plan."),
            off=off,
        ),
    ]
