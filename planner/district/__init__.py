"""`district.toml` and the tables it names -> District, which everything else starts from."""

from planner.district.bundle import District, WorkerTable
from planner.district.communities import communities_at, communities_named
from planner.district.defaults import (
    DEFAULT_GROUPS,
    DEFAULT_HOSTS,
    DEFAULT_MEASURES,
    DEFAULT_PERIODS,
    DEFAULT_SEASONS,
)
from planner.district.gathering import read_district
from planner.district.limits import check_limits
from planner.district.placing import place_row, typed_position
from planner.district.projection import projection_of
from planner.district.reading import read_settings, settings_from_toml
from planner.district.settings import Settings
from planner.district.templates import init_district
from planner.district.writing import (
    settings_from_text,
    settings_text,
    settings_to_toml,
    write_settings,
)

__all__ = [
    "DEFAULT_GROUPS",
    "DEFAULT_HOSTS",
    "DEFAULT_MEASURES",
    "DEFAULT_PERIODS",
    "DEFAULT_SEASONS",
    "District",
    "Settings",
    "WorkerTable",
    "check_limits",
    "communities_at",
    "communities_named",
    "init_district",
    "place_row",
    "projection_of",
    "read_district",
    "read_settings",
    "settings_from_text",
    "settings_from_toml",
    "settings_text",
    "settings_to_toml",
    "typed_position",
    "write_settings",
]
