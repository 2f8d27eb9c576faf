"""Desks: what a person edits is kept edit by edit, undone, played again and followed by others."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from option_towns import Choice, Spot, Town

from app_pages.memory.desks import Base, Desk, Desks, Drafts
from planner.coverage import measure_coverage
from planner.district.settings import Limits
from planner.errors import StoreError
from planner.language import note
from planner.scenarios import Draft, Edit, Scenario
from planner.scenarios.store import ScenarioStore, open_store
from planner.siting import LiveSession, build_problem, edited_plan
from planner.siting.editing.outcomes import LiveOutcomes

ME, YOU = "browser:me", "browser:you"
TOWN = Town(
    spots={f"V{n}": Spot(x=100.0 * n, y=0.0) for n in range(5)},
    choices={f"V{n}": Choice(site=f"V{n}") for n in range(5)},
    cells=[(100.0 * n, 0.0, "c1") for n in range(5)],
    people={"a": [10, 20, 30, 40, 50]},
    reach_m=50.0,
)
"""Five venues, each with the people of its own cell."""
COVERAGE = TOWN.coverage()


def live_of(limits: Limits) -> tuple[object, LiveSession, LiveOutcomes]:
    problem = build_problem(COVERAGE, limits, district=TOWN.district())
    return limits, LiveSession(problem), LiveOutcomes(COVERAGE, problem)


LIVE = live_of(Limits(count=3))
PLAIN = Base("s", 1, ())


class Notebook:
    """Keeps drafts in memory, as the store does; `full`: nothing more can be written."""

    def __init__(self) -> None:
        self.drafts: dict[tuple[str, str], Draft] = {}
        self.full = False

    def draft(self, scenario: str, person: str) -> Draft | None:
        return self.drafts.get((scenario, person))

    def append_edit(
        self, scenario: str, person: str, base_version: int, edit: Edit, chosen: Iterable[str]
    ) -> None:
        if self.full:
            raise StoreError(note("The disk is full."))
        before = self.drafts.get((scenario, person))
        edits = before.edits if before else ()
        self.keep_draft(
            Draft(
                scenario=scenario, person=person, base_version=base_version,
                chosen=tuple(chosen), edits=(*edits, edit),
            )
        )  # fmt: skip

    def keep_draft(self, draft: Draft) -> None:
        self.drafts[draft.scenario, draft.person] = draft

    def drop_draft(self, scenario: str, person: str) -> None:
        if self.full:
            raise StoreError(note("The disk is full."))
        self.drafts.pop((scenario, person), None)


def desk(drafts: Drafts | None = None, *, base: Base = PLAIN, person: str = ME) -> Desk:
    """Give a desk of a server that has just started."""
    return Desks().desk(person, base, LIVE, drafts=drafts)


def test_the_columns_and_figures_of_a_desk_are_those_of_what_stands() -> None:
    mine = desk()
    assert mine.suggest() == "V4"  # 50 people, the most
    mine.add("V0")
    served = measure_coverage(COVERAGE, ["V0", "V4"]).served_milli
    assert mine.figures().served_milli == mine.columns().served_milli == served
    assert mine.best_swap() is not None  # V0 for V3, 40 people for 10
    assert mine.chosen == ("V3", "V4")


def test_each_edit_is_one_step_back_and_forth() -> None:
    mine = desk()
    mine.stand(["V0", "V1"])
    mine.swap("V0", "V2")
    assert mine.chosen == ("V1", "V2")
    assert mine.undo() is not None
    assert mine.chosen == ("V0", "V1")
    mine.undo()
    assert (len(mine.chosen), mine.can_undo) == (0, False)
    assert mine.undo() is None
    mine.redo()
    mine.redo()
    assert (mine.chosen, mine.can_redo) == (("V1", "V2"), False)
    mine.undo()
    mine.add("V4")
    assert mine.redo() is None  # what was undone is gone after another edit


def test_what_stands_already_is_no_edit() -> None:
    mine = desk()
    assert mine.add("V1")
    assert not mine.add("V1")
    assert not mine.remove("V0")
    assert not mine.add("nobody knows it")
    assert [edit.kind for edit in mine.edits] == ["add"]


def test_going_back_to_the_plan_can_be_undone() -> None:
    mine = desk(base=Base("s", 1, ("V1", "V2")))
    assert mine.chosen == ("V1", "V2")
    assert not mine.edited
    mine.remove("V1")
    mine.add("V4")
    assert set(mine.chosen) == {"V2", "V4"}
    mine.back()
    assert set(mine.chosen) == {"V1", "V2"}
    mine.undo()
    assert mine.chosen == ("V2", "V4")
    assert mine.edited


def test_a_decision_about_a_site_is_undone_by_who_made_it() -> None:
    mine = desk(Notebook())
    mine.add("V0")
    mine.record("lock", {"site": "V3"})
    undone = mine.undo()
    assert undone is not None
    assert (undone.kind, undone.about, mine.chosen) == ("lock", {"site": "V3"}, ("V0",))
    again = mine.redo()
    assert again is not None
    assert again.about == {"site": "V3"}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("toggle"), st.integers(0, 4)),
        st.tuples(st.sampled_from(["undo", "redo", "back", "suggest", "swap"]), st.just(0)),
    ),
    max_size=12,
)


def step(mine: Desk, kind: str, site: int) -> None:
    option = f"V{site}"
    if kind == "toggle":
        _ = mine.remove(option) or mine.add(option)
    elif kind == "swap":
        mine.best_swap()
    else:
        getattr(mine, kind)()


@settings(max_examples=60)
@given(STEPS)
def test_a_restart_at_any_moment_loses_no_edit_and_nothing_that_can_be_undone(
    steps: list[tuple[str, int]],
) -> None:
    notebook, base = Notebook(), Base("s", 1, ("V1",))
    mine = desk(notebook, base=base)
    for kind, site in steps:
        step(mine, kind, site)
        again = desk(notebook, base=base)
        assert again.chosen == mine.chosen
        assert again.edits == mine.edits
        assert (again.can_undo, again.can_redo) == (mine.can_undo, mine.can_redo)
        assert again.columns() == mine.columns()
    again = desk(notebook, base=base)
    while mine.can_undo:
        mine.undo()
        again.undo()
        assert again.chosen == mine.chosen
    assert mine.chosen == ("V1",)


def test_two_windows_share_a_desk_and_two_people_do_not() -> None:
    office, notebook = Desks(), Notebook()
    one = office.desk(ME, PLAIN, LIVE, drafts=notebook)
    one.add("V1")
    assert office.desk(ME, PLAIN, LIVE, drafts=notebook) is one
    assert office.desk(YOU, PLAIN, LIVE, drafts=notebook).chosen == ()
    assert office.desk(ME, Base("t", 1, ()), LIVE, drafts=notebook).chosen == ()


def test_other_limits_leave_what_stands() -> None:
    office = Desks()
    mine = office.desk(ME, PLAIN, LIVE, drafts=None)
    mine.stand(["V0", "V1", "V2"])
    assert not mine.figures().broken
    fewer = live_of(Limits(count=2))
    assert office.desk(ME, PLAIN, fewer, drafts=None) is mine
    assert mine.chosen == ("V0", "V1", "V2")
    assert [each.kind for each in mine.figures().broken] == ["count"]
    mine.undo()
    assert not mine.chosen


def test_who_edited_nothing_follows_a_plan_that_was_saved_and_who_did_keeps_the_old_version() -> (
    None
):
    office, notebook = Desks(), Notebook()
    idle = office.desk(YOU, PLAIN, LIVE, drafts=notebook)
    busy = office.desk(ME, PLAIN, LIVE, drafts=notebook)
    busy.add("V0")
    saved = Base("s", 2, ("V3",))
    office.desk(YOU, saved, LIVE, drafts=notebook)
    office.desk(ME, saved, LIVE, drafts=notebook)
    assert (idle.chosen, idle.base.version) == (("V3",), 2)
    assert (busy.chosen, busy.base.version) == (("V0",), 1)
    after_a_restart = Desks().desk(ME, saved, LIVE, drafts=notebook)
    assert (after_a_restart.chosen, after_a_restart.base.version) == (("V0",), 1)


def test_who_took_everything_back_follows_the_plan_that_was_saved_meanwhile() -> None:
    office, notebook, saved = Desks(), Notebook(), Base("s", 2, ("V3",))
    mine = office.desk(ME, PLAIN, LIVE, drafts=notebook)
    mine.add("V0")
    office.desk(ME, saved, LIVE, drafts=notebook)
    mine.undo()
    office.desk(ME, saved, LIVE, drafts=notebook)
    assert (mine.chosen, mine.base, mine.edited) == (("V3",), saved, False)
    assert notebook.draft("s", ME) is None
    assert (mine.can_undo, mine.can_redo) == (False, False)


def test_going_back_goes_to_the_plan_that_is_kept_by_now() -> None:
    office, saved = Desks(), Base("s", 2, ("V3",))
    mine = office.desk(ME, PLAIN, LIVE, drafts=Notebook())
    mine.add("V0")
    office.desk(ME, saved, LIVE, drafts=Notebook())
    assert mine.edited
    mine.back()
    assert (mine.chosen, mine.edited) == (("V3",), False)
    assert mine.kept_milli() == measure_coverage(COVERAGE, ["V3"]).served_milli


def test_a_window_that_shows_an_older_version_takes_no_plan_back() -> None:
    office, saved = Desks(), Base("s", 2, ("V3",))
    mine = office.desk(ME, saved, LIVE, drafts=Notebook())
    office.desk(ME, PLAIN, LIVE, drafts=Notebook())  # it began its run before the plan was kept
    assert (mine.chosen, mine.base) == (("V3",), saved)


def test_what_a_window_shows_is_counted_by_its_own_reach_while_another_has_another() -> None:
    wide = replace(TOWN, reach_m=150.0)
    problem = build_problem(wide.coverage(), Limits(count=3), district=wide.district())
    other = ("wide", LiveSession(problem), LiveOutcomes(wide.coverage(), problem))
    known = Desks()
    one = known.desk(ME, PLAIN, LIVE, drafts=None)
    one.add("V1")
    known.desk(ME, PLAIN, other, drafts=None)  # the other window, where the reach was changed
    asked = threading.Event()

    def look() -> None:
        asked.set()
        known.desk(ME, PLAIN, other, drafts=None)

    window = threading.Thread(target=look)
    with one.hold(LIVE):
        window.start()
        asked.wait()
        own = measure_coverage(COVERAGE, ["V1"]).served_milli
        assert one.figures().served_milli == one.columns().served_milli == own
        assert edited_plan(one.session, bound_milli=own).served_milli == own
    window.join()
    with one.hold(other):
        assert one.figures().served_milli > own
    assert one.chosen == ("V1",)


def test_options_that_a_problem_does_not_know_stand_again_where_one_does() -> None:
    less = replace(
        TOWN,
        spots={"V0": TOWN.spots["V0"], "V1": TOWN.spots["V1"]},
        choices={"V0": TOWN.choices["V0"], "V1": TOWN.choices["V1"]},
    )
    coverage = less.coverage()
    problem = build_problem(coverage, Limits(count=3), district=less.district())
    narrow = "narrow", LiveSession(problem), LiveOutcomes(coverage, problem)
    office, notebook, base = Desks(), Notebook(), Base("s", 1, ("V3",))
    mine = office.desk(ME, base, LIVE, drafts=notebook)
    mine.add("V4")
    office.desk(ME, base, narrow, drafts=notebook)
    assert not mine.chosen
    mine.add("V0")
    assert Desks().desk(ME, base, LIVE, drafts=notebook).chosen == ("V0", "V3", "V4")
    office.desk(ME, base, LIVE, drafts=notebook)
    assert mine.chosen == ("V0", "V3", "V4")
    mine.undo()
    mine.undo()
    assert set(mine.chosen) == {"V3"}


CLOSABLE = Town(
    spots={
        "S0": Spot(x=0.0, stands=True),
        "S1": Spot(x=100.0, stands=True),
        "V0": Spot(x=0.0),
    },
    choices={
        "S0": Choice(site="S0", measure="keep"),
        "S1": Choice(site="S1", measure="keep"),
        "V0": Choice(site="V0"),
        "S1:more": Choice(site="S1", measure="extend_24h"),
    },
    cells=[(100.0 * n, 0.0, "c1") for n in range(2)],
    people={"a": [10, 20]},
    reach_m=50.0,
)


def test_a_station_that_may_be_closed_stays_until_a_plan_or_a_person_closes_it() -> None:
    coverage = CLOSABLE.coverage()
    limits = Limits(count=1, may_close=("S0", "S1"), measures=("open", "extend_24h", "close"))
    problem = build_problem(coverage, limits, district=CLOSABLE.district())
    live = limits, LiveSession(problem), LiveOutcomes(coverage, problem)
    stays = frozenset({"S0", "S1"})
    today = measure_coverage(coverage, ["S0", "S1"]).served_milli
    mine = Desks().desk(ME, Base("s", 1, (), stays), live, drafts=None)
    assert (mine.chosen, mine.edited) == (("S0", "S1"), False)
    assert mine.figures().served_milli == mine.kept_milli() == today
    mine.remove("S0")
    assert mine.edited
    assert mine.figures().served_milli == measure_coverage(coverage, ["S1"]).served_milli
    planned = Base("t", 1, ("S1:more",), stays)
    yours = Desks().desk(ME, planned, live, drafts=None)
    assert yours.chosen == ("S0", "S1:more")
    assert not yours.figures().broken


def test_a_store_that_cannot_forget_the_edits_is_told() -> None:
    notebook = Notebook()
    mine = desk(notebook)
    mine.add("V0")
    notebook.full = True
    mine.kept(Base("s", 2, ("V0",)))
    assert "disk is full" in str(mine.trouble)
    assert (mine.edits, mine.chosen, mine.edited) == ([], ("V0",), False)


def test_settings_that_were_saved_take_the_edits_with_them() -> None:
    office, notebook = Desks(), Notebook()
    mine = office.desk(ME, PLAIN, LIVE, drafts=notebook)
    mine.add("V0")
    office.desk(ME, Base("s", 2, ()), LIVE, drafts=notebook)
    assert mine.base.version == 2
    mine.add("V1")
    kept = notebook.draft("s", ME)
    assert kept is not None
    assert (kept.base_version, kept.chosen, len(kept.edits)) == (2, ("V0", "V1"), 2)


def test_edits_that_the_store_refused_are_told_and_kept_with_the_next_one() -> None:
    notebook = Notebook()
    mine = desk(notebook)
    mine.add("V0")
    notebook.full = True
    mine.add("V1")
    assert "disk is full" in str(mine.trouble)
    assert mine.chosen == ("V0", "V1")
    notebook.full = False
    mine.add("V2")
    assert mine.trouble is None
    assert desk(notebook).chosen == ("V0", "V1", "V2")


def test_desks_that_were_used_longest_ago_are_let_go_of_and_come_back_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app_pages.memory.desks._MOST_DESKS", 3)
    office, notebook = Desks(), Notebook()
    first = office.desk("p0", PLAIN, LIVE, drafts=notebook)
    first.add("V2")
    for number in range(1, 5):
        office.desk(f"p{number}", PLAIN, LIVE, drafts=notebook)
    again = office.desk("p0", PLAIN, LIVE, drafts=notebook)
    assert again is not first
    assert again.chosen == ("V2",)


def a_scenario(store: ScenarioStore) -> Scenario:
    now = datetime.now(UTC)
    return store.add(
        Scenario(
            id="", district="d", name="方案1", created=now, changed=now,
            settings='[district]\nname = "x"\n',
        )
    )  # fmt: skip


def test_the_store_itself_keeps_a_desk(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{(tmp_path / 's.sqlite').as_posix()}")
    kept = a_scenario(store)
    base = Base(kept.id, kept.version, ())
    mine = desk(store, base=base)
    mine.add("V1")
    mine.suggest()
    mine.record("lock", {"site": "V3"})
    mine.undo()
    mine.undo()
    again = desk(store, base=base)
    assert (again.chosen, again.edits, again.can_redo) == (("V1",), mine.edits, True)
    named = store.save(kept)
    later = Base(kept.id, named.version, ())
    moved = Desks().desk(ME, later, LIVE, drafts=store)
    moved.add("V2")
    assert moved.trouble is None
    draft = store.draft(kept.id, ME)
    assert draft is not None
    assert draft.chosen == ("V1", "V2")
    moved.kept(later)
    assert store.draft(kept.id, ME) is None
    assert (moved.can_undo, moved.edits) == (False, [])
