"""Words of the command line -> limits of a plan."""

import pytest

from planner.cli.limits import with_words
from planner.district.settings import Limits
from planner.errors import SettingsError


def test_a_share_in_per_cent_is_the_decimal_that_it_looks_like() -> None:
    for words, share in (("33.3%", 0.333), ("0.1%", 0.001), ("7%", 0.07), ("14.7%", 0.147)):
        limits = with_words(Limits(), {"quotas": [f"all:all_day:{words}"]}, groups=[])
        assert limits.quotas[0].least_share == share
        assert (
            with_words(Limits(), {"floors": [f":{words}"]}, groups=[]).floors[0].least_share
            == share
        )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"target": 0.8}, "--target changes nothing without one of: --objective fewest_sites"),
        ({"measures": ("move",)}, "--measure move changes nothing without one of: --may-move"),
        ({"measures": ("close",)}, "--measure close changes nothing without one of: --may-close"),
    ],
)
def test_words_that_would_change_nothing_are_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        with_words(Limits(), given, groups=[])
    needed = {"objective": ["fewest_sites"], "may_move": ("S1",), "may_close": ("S1",)}
    with_words(Limits(), given | needed, groups=[])
