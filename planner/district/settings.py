"""The settings of a district, as `district.toml` holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "MODES",
    "Assumptions",
    "FileSettings",
    "Group",
    "HostType",
    "Limits",
    "Period",
    "ScoreWeights",
    "Settings",
    "StreetSettings",
    "Way",
    "WorkerSource",
]

MODES = ("walk", "ebike", "drive")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """One input file and how to read it."""

    path: str
    """Relative to the district folder, or absolute."""
    crs: str | None = None
    """"WGS-84", "GCJ-02", "BD-09", "CGCS2000" or "EPSG:n"; None: the file's own, else assumed
    WGS-84 and said so."""
    sheet: str | None = None
    layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Canonical column name -> header in this file, where the aliases do not find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSource(FileSettings):
    """One source of where workers are."""

    kind: str
    """"survey": counts by community; "points": places (grid centres too) with counts."""
    total_workers: float | None = None
    """Stated headcount that the source is scaled to; None: as counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetSettings:
    """Where the streets come from."""

    path: str | None = None
    """`.graphml[.gz]`, `.osm.pbf`, `.osm[.gz]`, or a file of lines; None with `place` None:
    straight lines."""
    place: str | None = None
    """A place name that OSMnx downloads and caches."""
    crs: str | None = None
    layer: str | None = None
    detour_factor: float = 1.32
    """Metres along streets for each straight metre, where there are no streets (mean of 25 Chinese
    cities)."""
    snap_limit_m: float = 500.0
    """A place farther from every street counts as out of reach, and is reported."""
    highway_column: str = "highway"
    oneway_column: str = "oneway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way for a group to get to a station."""

    mode: str
    """One of MODES."""
    reach_m: float
    """Longest accepted way in metres along streets, from the worker to the station; the limit still
    counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A kind of worker."""

    id: str
    name: str
    name_en: str
    ways: tuple[Way, ...]
    """Within any of them counts."""
    weekday: tuple[float, ...]
    """Share of the headcount that is out in each hour 0-23 of Monday to Friday, 24 shares of 0 to
    1."""
    weekend: tuple[float, ...]
    assumed: bool = True
    """Whether reach and presence are defaults that no user has confirmed."""
    aliases: tuple[str, ...] = ()
    """Other names by which lists call the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A part of the day that people read results by; all periods together cover the day once."""

    id: str
    name: str
    name_en: str
    start_hour: int
    """0-23; a period may run over midnight."""
    end_hour: int
    """1-24, not counted in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostType:
    """A kind of venue, with what a station there usually costs and when it is open."""

    id: str
    name: str
    name_en: str
    cost_setup_yuan: float
    cost_year_yuan: float
    hours: str
    """Opening hours as free text, used where a list leaves them blank."""
    capacity: int | None = None
    assumed: bool = True
    aliases: tuple[str, ...] = ()
    """Other names by which lists call the host type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What a blank in a list is taken for."""

    hours: str = "周一至周日 08:00-18:00"
    """For a station whose host type gives no hours either."""
    listed: bool = True
    access: str = "open"
    """"open", "registration" or "gated"."""
    cost_setup_yuan: float = 9900.0
    """For a venue whose host type gives no cost either (the mean of Shandong)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a plan must keep to."""

    budget_yuan: float | None = None
    """Added set-up money."""
    count: int | None = None
    """Additional openings."""
    min_separation_m: float = 0.0
    """Straight metres between a new station and any other, new or existing."""
    separation_from_existing: bool = True
    """Whether existing stations count in the separation too."""
    lock: tuple[str, ...] = ()
    """Site ids that must be opened."""
    forbid: tuple[str, ...] = ()
    """Site ids that must not be opened."""
    may_close: tuple[str, ...] = ()
    """Ids of existing stations that the plan may close."""
    time_limit_s: float = 60.0
    gap_share: float = 0.001
    """The search ends when the plan is proven this near to the best, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreWeights:
    """How much each criterion counts in the score of a candidate; scaled to a sum of 1."""

    newly_served: float = 0.35
    worker_density: float = 0.2
    distance_to_nearest: float = 0.15
    overlap: float = 0.1
    cost_per_hour: float = 0.1
    hours_open: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a district; a variant is `dataclasses.replace(...)`."""

    name: str
    stations: FileSettings | None = None
    venues: FileSettings | None = None
    boundary: FileSettings | None = None
    communities: FileSettings | None = None
    workers: tuple[WorkerSource, ...] = ()
    streets: StreetSettings = field(default_factory=StreetSettings)
    groups: tuple[Group, ...] = ()
    periods: tuple[Period, ...] = ()
    hosts: tuple[HostType, ...] = ()
    assumptions: Assumptions = field(default_factory=Assumptions)
    limits: Limits = field(default_factory=Limits)
    score_weights: ScoreWeights = field(default_factory=ScoreWeights)
    data_note: str = ""
    """Said on every output, for example that the data are invented."""
