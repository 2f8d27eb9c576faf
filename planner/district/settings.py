"""The settings of a district, as `district.toml` holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "DECAYS",
    "MEASURES",
    "MODES",
    "OBJECTIVES",
    "AddedSite",
    "Assumptions",
    "DemandRules",
    "FileSettings",
    "Floor",
    "GapLimit",
    "GapRules",
    "Group",
    "HostCost",
    "HostType",
    "Levels",
    "Limits",
    "Measure",
    "Objective",
    "Period",
    "Phase",
    "PingRules",
    "Quota",
    "Rate",
    "ScoreWeights",
    "Season",
    "SeasonPresence",
    "ServiceRules",
    "Settings",
    "StreetSettings",
    "Way",
    "WorkerSource",
]

MODES = ("walk", "ebike", "drive")
DECAYS = ("none", "linear", "gaussian", "exponential", "stepped")
"""How the worth of a station falls with the way to it, within reach."""
MEASURES = (
    "open",
    "open_evening",
    "open_24h",
    "container",
    "extend_evening",
    "extend_24h",
    "list",
    "open_gate",
    "admit",
    "enlarge",
    "move",
    "close",
)
"""What can be done: the first four to a venue, the others to an existing station."""
OBJECTIVES = (
    "served",
    "served_twice",
    "graded",
    "fewest_sites",
    "least_money",
    "p_median",
    "p_center",
    "p_dispersion",
)
"""Worker-hours served (maximal covering), served by two stations (backup coverage), served with
decay (gradual covering), fewest openings and least money for a target (set covering), mean way to
the nearest open station, longest way, least distance between two stations."""


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
class Rate:
    """How many workers of a group one unit of a feature stands for."""

    group: str
    workers: float
    """Headcount for each unit of the source's measure, at least 0."""
    of: str = ""
    """How the class of the feature begins (an Amap type such as "餐饮服务;中餐厅", a land use class
    "3"); "": every class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PingRules:
    """How GPS and order records are read."""

    most_gap_min: float = 30.0
    """Between two records of one person farther apart than this, nobody knows where they were."""
    most_speed_kmh: float = 150.0
    """A record that can only be reached faster than this is set aside."""
    stay_radius_m: float = 100.0
    """Within this of where a stay began, a person has not left."""
    stay_min: float = 10.0
    """A stay lasts at least this; shorter stops are passing."""
    only_stays: bool = False
    """Whether passing people are left out of the pattern."""
    timezone: str = "Asia/Shanghai"
    """For times that state none, and for what hour it was where the record is in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSource(FileSettings):
    """One source of where workers are."""

    kind: str
    """"survey": counts by community, grid or place; "points": places (grid centres too) with
    counts; "pings": GPS or order records (a file, or a folder of them), or their bins as `planner
    pings` writes them; "proxies": features with a rate of workers each (POI, land use, floor area,
    roads)."""
    total_workers: float | None = None
    """Stated headcount that the source is scaled to, all groups together; None: as counted."""
    gives: str | None = None
    """"headcount": how many there are counts, and adds up with other such sources; "pattern": only
    where and when they are. None: headcount for survey and points, pattern for pings and
    proxies."""
    trust: float = 1.0
    """How much the pattern of this source counts beside others of the same group, above 0."""
    groups: tuple[str, ...] = ()
    """Group ids that a source without a column of groups tells of (pings: all its people); empty:
    all groups."""
    measure: str = "count"
    """Of proxies: "count" (each feature is one), "area" (hectares), "length" (kilometres) or
    "amount" (the column `amount`, such as square metres of floor)."""
    rates: tuple[Rate, ...] = ()
    """Of proxies."""
    pings: PingRules = field(default_factory=PingRules)


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
class SeasonPresence:
    """When a group is out in one season, where that differs from the rest of the year."""

    season: str
    weekday: tuple[float, ...]
    """As of Group."""
    weekend: tuple[float, ...]
    headcount_factor: float = 1.0
    """People of the group for each one of the stated headcount, at least 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A part of the year with hours of its own."""

    id: str
    name: str
    name_en: str
    weeks: float
    """Weeks a year, above 0."""
    assumed: bool = True
    starts: str = ""
    """First day, as "MM-DD"; "": not known, and nothing can be planned for this season alone."""


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
    total_workers: float | None = None
    """Stated headcount of the group in the whole district: the authority over all sources. What it
    is above the counts lies where nobody counted, by pattern; None: as counted."""
    seasons: tuple[SeasonPresence, ...] = ()
    """Seasons with other hours; in a season that is not here the year-round tables hold."""


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
class DemandRules:
    """How sources are combined into demand."""

    model: str = "rates"
    """"rates": proxies by their stated rates; "fitted": by a model of the surveyed counts on the
    features, where that is better than the mean in areas it has not seen (else by rates)."""
    bandwidth_m: float = 300.0
    """Of the density surface: a worker is spread over this distance at most."""
    hot_spot_workers: float = 50.0
    """Fewest workers that make a hot spot."""
    hot_spot_m: float = 350.0
    """Cells of a hot spot lie within this of a dense neighbour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRules:
    """How a station that is open, listed and within reach serves."""

    stay_min: float = 30.0
    """Minutes that a worker uses a seat."""
    visit_every_h: float = 4.0
    """Each worker who is out comes once in so many hours."""
    count_seats: bool = False
    """Whether figures of coverage turn away those for whom no seat is left."""
    decay: str = "none"
    """One of DECAYS: of the graded share that stands beside coverage."""
    assumed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRules:
    """The largest distance that may lie between workers and the nearest open station."""

    urban_m: float = 1000.0
    """Metres along streets (on foot) from a cell to the nearest open station."""
    dense_m: float = 500.0
    """The same, where workers are dense."""
    dense_workers_per_km2: float = 500.0
    """From this density on workers are dense."""
    least_workers: float = 0.0
    """Cells with more workers than this must have a station."""
    least_area_m2: float = 12.0
    """A station should have at least so much room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCost:
    """What a measure costs at one host type, where that differs from the rest.

    Of container: what a stay there costs, and so that a container can stand there at all; running
    cost is for a whole year, and a shorter stay costs its part of it.
    """

    host: str
    cost_setup_yuan: float
    cost_year_yuan: float
    possible: bool = True
    """Whether a host of this type can take the measure at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that can be done to a site, and what it costs."""

    id: str
    """One of MEASURES."""
    cost_setup_yuan: float
    """Added to what the site costs without it: the cost of the venue for an opening or a move, 0
    for a station that is there. Of container: what one costs to buy, wherever it stands. Of close:
    0."""
    cost_year_yuan: float
    """Added running cost a year; below 0 where it saves. A station that closes saves its own."""
    hosts: tuple[HostCost, ...] = ()
    """Sorted by host id. Of container: the only host types that can take one."""
    hours: str = ""
    """Of extend_evening and open_evening: the hours that are added to those of the site, as free
    text."""
    seats: int = 0
    """Of enlarge: seats added."""
    within_m: float = 0.0
    """Of move: straight metres from a station to a venue that it may move to."""
    union_share: float | None = None
    """Share of the set-up money that the union pays, 0 to 1, where the list of sites does not say
    it; None: all of it."""
    possible: bool = True
    """Whether it can be done anywhere in this district."""
    assumed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What a plan is to achieve, or one part of it."""

    kind: str = "served"
    """One of OBJECTIVES."""
    weight: float = 1.0
    """How much one worker-hour a week of this part counts in a weighted mix, above 0."""
    tolerance_share: float = 0.0
    """How much of this part later ones may cost, 0 to 1, where one comes after the other."""
    target_share: float = 1.0
    """Of fewest_sites and least_money: share of the worker-hours that could be served at all, 0 to
    1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many stations of some kind there must or may be once the plan stands."""

    scope: str = "all"
    """"all", or one quota for each "community", "street" or "host_type"."""
    which: tuple[str, ...] = ()
    """Ids (communities, host types) or names (streets) that it is for; empty: each of the scope
    that has a site (places with workers and no site are told)."""
    stations: str = "any"
    """What counts: "any" station, "all_day" (open 24 hours every day), "evening" (open until 21:00
    or later on weekdays), "benchmark" (as the list of sites says), "new", "container", "centre"."""
    least: int | None = None
    most: int | None = None
    least_share: float | None = None
    """Share of all stations of the same scope, 0 to 1."""
    most_share: float | None = None
    least_per_street: float | None = None
    """Least number for each street (镇街) of the district; rounded up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Share of worker-hours that must be served, of some workers in some communities."""

    least_share: float
    """Of the worker-hours that are meant, 0 to 1."""
    groups: tuple[str, ...] = ()
    """Group ids, together; empty: all."""
    communities: tuple[str, ...] = ()
    """Community ids, together; empty: all."""
    each: str = ""
    """"group" or "community": one floor for each of them instead of one for all together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLimit:
    """Whether a plan must leave nobody farther from an open station than `GapRules` allow."""

    hard: bool = True
    """False: each cell that lacks a station is a shortfall with a price."""
    price_hours: float = 0.0
    """Worker-hours a week that one shortfall counts, where not hard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Centres and the stations around them."""

    centre_hosts: tuple[str, ...]
    """Host types whose stations are centres."""
    within_m: float
    """Straight metres: each new station that is no centre has a centre this near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One part of a plan that is carried out in steps, such as a year."""

    id: str
    name: str
    name_en: str = ""
    budget_yuan: float | None = None
    """Set-up money of this phase; what is left over goes to the next."""
    count: int | None = None
    """Additional openings in this phase."""
    quotas: tuple[Quota, ...] = ()
    """Kept from the end of this phase on, beside those of the limits (kept at the end)."""
    weight: float = 1.0
    """How much a worker-hour that is served during this phase counts, above 0."""
    done: tuple[str, ...] | None = None
    """Option ids that were chosen in this phase and are fixed; None: still to be planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a plan is to achieve, what it may do, and what it must keep to."""

    objectives: tuple[Objective, ...] = (Objective(),)
    one_after_the_other: bool = False
    """Whether later objectives only decide among what is best for the earlier ones (lexicographic);
    false: they are added up by their weights."""
    robust: bool = False
    """Whether to plan for many possible demands at once (the mean over draws), not for the one that
    is expected; for worker-hours served, in one phase."""
    measures: tuple[str, ...] = ("open",)
    """Of MEASURES, what a plan may use; closing and moving also need `may_close` and `may_move`."""
    budget_yuan: float | None = None
    """Added set-up money."""
    budget_union_yuan: float | None = None
    """The part of it that the union pays."""
    budget_partner_yuan: float | None = None
    """The part of it that hosts and partners pay."""
    budget_year_yuan: float | None = None
    """Added running cost a year."""
    count: int | None = None
    """Additional openings."""
    min_separation_m: float = 0.0
    """Metres between a new station and any other, new or existing."""
    separation_from_existing: bool = True
    """Whether existing stations count in the separation too."""
    separation_along_streets: bool = False
    """Whether the separation is measured on foot along the streets, not straight."""
    lock: tuple[str, ...] = ()
    """Site ids that must be opened, or option ids that must be chosen."""
    forbid: tuple[str, ...] = ()
    """Site ids that must not be opened, or option ids that must not be chosen."""
    no_go: tuple[tuple[tuple[float, float], ...], ...] = ()
    """Outer rings of areas where nothing may be opened, each a ring of (lon, lat) in WGS-84."""
    may_close: tuple[str, ...] = ()
    """Ids of existing stations that the plan may close."""
    may_move: tuple[str, ...] = ()
    """Ids of existing stations that the plan may move to a venue."""
    containers: int = 0
    """Relocatable stations that may be bought; each stands at one place in each season."""
    gap: GapLimit | None = None
    quotas: tuple[Quota, ...] = ()
    floors: tuple[Floor, ...] = ()
    levels: Levels | None = None
    phases: tuple[Phase, ...] = ()
    contiguous_m: float | None = None
    """Straight metres: what opens in a phase has a station of an earlier phase, or of today, this
    near."""
    seed: int = 0
    work_limit: int | None = None
    """Steps of the search (rounds, nodes) after which it ends, whatever the clock says."""
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
class AddedSite:
    """A candidate that a person put on the map."""

    id: str
    """No venue and no station has it."""
    name: str
    """"": it has none."""
    lon: float
    lat: float
    """WGS-84, degrees."""
    host: str
    """Id of its host type, which says what it costs and when it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a district; a variant is `dataclasses.replace(...)`."""

    name: str
    stations: FileSettings | None = None
    venues: FileSettings | None = None
    boundary: FileSettings | None = None
    communities: FileSettings | None = None
    grids: FileSettings | None = None
    """Polygons of the grids (网格) that surveys name."""
    travel: FileSettings | None = None
    """A ready travel matrix (site, cell, cost in metres, optionally mode) in place of ways along
    the streets; a cell is named by the id of a place, grid or community."""
    workers: tuple[WorkerSource, ...] = ()
    streets: StreetSettings = field(default_factory=StreetSettings)
    groups: tuple[Group, ...] = ()
    periods: tuple[Period, ...] = ()
    seasons: tuple[Season, ...] = ()
    season: str | None = None
    """The season that is planned for, one of `seasons`; None: the year round."""
    hosts: tuple[HostType, ...] = ()
    measures: tuple[Measure, ...] = ()
    """What each measure costs; one that is not here is not possible, but for "open", which then
    costs nothing beyond the venue."""
    no_go: FileSettings | None = None
    """Polygons in which nothing may be opened."""
    demand: DemandRules = field(default_factory=DemandRules)
    service: ServiceRules = field(default_factory=ServiceRules)
    gaps: GapRules = field(default_factory=GapRules)
    assumptions: Assumptions = field(default_factory=Assumptions)
    limits: Limits = field(default_factory=Limits)
    added: tuple[AddedSite, ...] = ()
    """Candidates beside those of the list of venues."""
    score_weights: ScoreWeights = field(default_factory=ScoreWeights)
    data_note: str = ""
    """Said on every output, for example that the data are invented."""
