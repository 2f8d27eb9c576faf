"""Decisions by hand: what they put into the settings, and that each can be taken back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district import Settings
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
from planner.district.settings import AddedSite, Limits

KIOSK = AddedSite(id="A1", name="报刊亭", lon=106.5, lat=29.5, host="park")
NORTH = ((106.50, 29.50), (106.51, 29.50), (106.51, 29.51))
SOUTH = ((106.40, 29.40), (106.41, 29.40), (106.41, 29.41))


def settings(limits: Limits | None = None, added: tuple[AddedSite, ...] = ()) -> Settings:
    return Settings(name="town", limits=limits or Limits(), added=added)


def test_a_locked_site_is_no_longer_forbidden_and_the_other_way_round() -> None:
    before = settings(Limits(forbid=("V1", "V2")))
    locked = lock(before, "V1").done(before)
    assert (locked.limits.lock, locked.limits.forbid) == (("V1",), ("V2",))
    again = forbid(locked, "V1").done(locked)
    assert (again.limits.lock, again.limits.forbid) == ((), ("V2", "V1"))
    free = allow(again, "V1").done(again)
    assert (free.limits.lock, free.limits.forbid) == ((), ("V2",))


def test_what_was_undone_stands_where_it_stood() -> None:
    before = settings(Limits(forbid=("V1", "V2", "V3"), no_go=(NORTH, SOUTH)))
    for decision in (lock(before, "V2"), drop_area(before, 1)):
        assert decision.undone(decision.done(before)) == before


def test_a_candidate_that_is_deleted_is_no_longer_locked() -> None:
    before = settings(Limits(lock=("V1", "A1")), added=(KIOSK,))
    decision = drop_candidate(before, "A1")
    after = decision.done(before)
    assert (after.added, after.limits.lock) == ((), ("V1",))
    assert decision.undone(after) == before


def test_a_decision_is_taken_back_beside_what_others_decided_since() -> None:
    before = settings()
    decision = lock(before, "V1")
    since = lock(decision.done(before), "V2").done(decision.done(before))
    assert decision.undone(since).limits.lock == ("V2",)


def test_taking_back_what_somebody_else_took_out_changes_nothing() -> None:
    before = settings()
    decision = add_area(before, NORTH)
    assert decision.undone(before) == before


def test_what_somebody_else_decided_again_since_stands_once() -> None:
    before = settings(Limits(lock=("V1",)), added=(KIOSK,))
    for decision in (allow(before, "V1"), drop_candidate(before, "A1")):
        assert decision.undone(before) == before
    assert lock(settings(), "V1").done(before) == before


def test_an_area_that_is_not_there_is_refused_by_its_number() -> None:
    with pytest.raises(ValueError, match="number must be within 1 and 1, got 2"):
        drop_area(settings(Limits(no_go=(NORTH,))), 2)


def test_values_of_other_kinds_of_edits_are_no_decision() -> None:
    assert Decision.of_plain("add", {}) is None
    with pytest.raises(ValueError, match="list must be one of"):
        Decision.of_plain(
            "lock", {"changes": [{"list": "name", "at": 0, "value": "x", "puts": True}]}
        )


@st.composite
def decided(draw: st.DrawFn) -> tuple[Settings, list[Decision]]:
    """Draw settings and decisions made on them one after the other."""
    sites = st.sampled_from(["V1", "V2", "V3", "A1"])
    now = settings(
        Limits(
            lock=tuple(draw(st.lists(st.sampled_from(["V1", "V9"]), unique=True))),
            no_go=tuple(draw(st.lists(st.sampled_from([NORTH, SOUTH]), max_size=2))),
        )
    )
    before = now
    made: list[Decision] = []
    for kind in draw(st.lists(st.integers(0, 6), max_size=8)):
        site = draw(sites)
        areas = now.limits.no_go
        decision = (
            lambda: lock(now, site),  # noqa: B023 - called before the next one
            lambda: forbid(now, site),  # noqa: B023 - as above
            lambda: allow(now, site),  # noqa: B023 - as above
            lambda: add_area(now, draw(st.sampled_from([NORTH, SOUTH]))),  # noqa: B023 - as above
            lambda: drop_area(now, 1) if areas else add_area(now, NORTH),  # noqa: B023 - as above
            lambda: add_candidate(now, replace(KIOSK, id=f"A{len(made)}")),  # noqa: B023 - as above
            lambda: drop_candidate(now, f"A{len(made) - 1}"),  # noqa: B023 - as above
        )[kind]()
        now = decision.done(now)
        made.append(decision)
    return before, made


@given(decided())
def test_decisions_taken_back_in_turn_give_the_settings_of_before(
    drawn: tuple[Settings, list[Decision]],
) -> None:
    before, made = drawn
    now = before
    for decision in made:
        now = decision.done(now)
    for decision in reversed(made):
        now = decision.undone(now)
    assert now == before


@given(decided())
def test_a_decision_that_was_kept_as_text_does_the_same(
    drawn: tuple[Settings, list[Decision]],
) -> None:
    now, made = drawn
    for decision in made:
        read = Decision.of_plain(decision.kind, json.loads(json.dumps(decision.plain())))
        assert read is not None
        assert read.done(now) == decision.done(now)
        now = decision.done(now)
