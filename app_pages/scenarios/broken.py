"""Work that the end of the server broke off -> told where it is looked for, and begun again."""

import streamlit as st

from app_pages import shell
from app_pages.access.who import may, person
from app_pages.memory.keeping import mark_now
from app_pages.memory.runs import broken_off
from app_pages.memory.scenario import open_scenario
from app_pages.memory.unfinished import Unfinished, notes_of
from app_pages.scenarios.kinds import kind_name
from app_pages.spaces.workspace import workspace
from app_pages.text.moments import moment
from app_pages.text.tables import fine_share, number
from planner.language import say
from planner.scenarios.naming import given_name

__all__ = ["broken_now", "list_broken", "tell_broken"]


def broken_now() -> tuple[Unfinished, ...]:
    """Give what was broken off of this person, or of anybody for the open scenario."""
    return broken_off(person().id, mark_now())


def list_broken(found: tuple[Unfinished, ...]) -> None:
    """List what was broken off, each with the ways to begin it again and to list it no more."""
    for each in found:
        name = str(given_name(each.given) or each.name)
        who = "" if each.person == person().id else say(" · {author}", author=say("another person"))
        st.markdown(f"**{kind_name(each.kind)}** · {shell.plain(name + who)}")
        st.caption(shell.plain(_told(each)))
        if not may("plan"):
            continue
        if workspace().find(each.place) is not None:
            _offer(each)
        st.button(
            say("List it no more"),
            key=f"broken_forget_{each.id}",
            width="stretch",
            on_click=_forget,
            args=(each.id,),
        )


def tell_broken(kind: str) -> Unfinished | None:
    """Tell on a page what was broken off for the open scenario, and give it; None: nothing was."""
    here = mark_now()
    found = next(
        (each for each in broken_now() if (each.kind, each.scenario) == (kind, here)), None
    )
    if found is not None:
        told = f"**{kind_name(found.kind)}** · {shell.plain(_told(found))}"
        st.warning(told, icon=":material/power_off:")
    return found


def _told(found: Unfinished) -> str:
    values = {"time": moment(found.ended), "seconds": number(found.lasted_s)}
    if found.gap is None:
        return say(
            "Broken off when the server ended ({time}), after {seconds} s. Nothing of it was kept.",
            **values,
        )
    return say(
        "Broken off when the server ended ({time}), after {seconds} s; the best so far was at most"
        " {gap} from the best possible. Nothing of it was kept.",
        **values,
        gap=fine_share(found.gap),
    )


def _offer(found: Unfinished) -> None:
    """Offer to go where a search begins again; other work begins where its scenario is open."""
    search = found.kind == "search"
    label = say("Search again") if search else say("Open this scenario")
    if st.button(label, key=f"broken_again_{found.id}", type="primary", width="stretch"):
        place = workspace().find(found.place)
        if place is None:
            return
        if place.id != st.session_state.get("place"):
            shell.open_place(place)
        open_scenario(found.scenario)
        st.switch_page("app_pages/siting.py")


def _forget(identity: str) -> None:
    if may("plan"):
        notes_of(workspace().root).forget(identity)
