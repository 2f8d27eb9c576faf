"""Coverage, limits and a district -> the siting problem in arrays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from planner.coverage import Coverage
from planner.district import District
from planner.district.limit_parts import wrong_parts
from planner.district.settings import Limits, StreetSettings
from planner.language import Message, note
from planner.siting.limits.centres import centre_rows
from planner.siting.limits.containers import container_rows
from planner.siting.limits.demand_rows import DemandRows, demand_rows, parts_of_year
from planner.siting.limits.entering import Entering, entering
from planner.siting.limits.floors import cell_classes, coverage_floors
from planner.siting.limits.gap_limit import GapAsked, Priced, ask_for_no_gap
from planner.siting.limits.known_rows import KnownRows, is_same, merge_rows
from planner.siting.limits.quotas import census, exempt_places, quota_rows
from planner.siting.limits.scopes import Scopes, scopes_of
from planner.siting.limits.separation import Beside, Ruler, beside, pairs_once
from planner.siting.limits.settling import exclusive, inside_no_go, settle
from planner.siting.limits.single_limits import LimitRow, linear_limits
from planner.siting.limits.spending import money_rows
from planner.siting.problem import Aim, CoverageFloors, SitingProblem

__all__ = ["Groundwork", "build_problem", "groundwork"]

_AMOUNTS = ("budget_yuan", "budget_union_yuan", "budget_partner_yuan", "budget_year_yuan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Groundwork:
    """What limits ask but for what was decided of single sites: locked, forbidden, no-go areas."""

    some: Entering
    options: tuple[str, ...]
    """Ids of the options that enter, sorted."""
    scopes: Scopes
    near: Beside
    alone: Mapping[int, Message]
    """Why an option lies too far from every centre: its place among the options -> reason."""
    exclusive: NDArray[np.int64]
    """Options that exclude each other since one station can become only one of them."""
    gap: GapAsked
    rows: tuple[LimitRow, ...]


def groundwork(
    coverage: Coverage,
    limits: Limits,
    *,
    district: District | None = None,
    site_ways: csr_array | None = None,
) -> Groundwork:
    """Lay out what limits ask but for their `lock`, `forbid` and `no_go`; as `build_problem`."""
    some = entering(coverage, limits, district)
    scopes = scopes_of(coverage, district)
    centred = centre_rows(some, limits.levels)
    gap = _gap(coverage, some, limits, district)
    return Groundwork(
        some=some,
        options=tuple(map(str, some.there.index)),
        scopes=scopes,
        near=beside(some, limits, _ruler(limits, district, site_ways)),
        alone=centred.alone,
        exclusive=exclusive(some),
        gap=gap,
        rows=(
            *money_rows(some, limits),
            *quota_rows(census(some, scopes, limits.levels), limits.quotas),
            *centred.rows,
            *container_rows(some),
            *gap.rows,
        ),
    )


def build_problem(
    coverage: Coverage,
    limits: Limits,
    *,
    district: District | None = None,
    site_ways: csr_array | None = None,
    known: KnownRows | None = None,
    ground: Groundwork | None = None,
) -> SitingProblem:
    """Turn coverage and limits into arrays.

    Existing stations stay, unless `may_close` or `may_move` name them: then keeping them is an
    option, free of cost and not counted. Upgrades of a station that stays add to what it serves.
    Every other option can be chosen whose measures the limits allow. New sites keep the minimum
    separation, exactly that far being far enough; a candidate nearer to a station that stays is
    excluded, and existing stations among themselves are exempt. All else that the limits ask for is
    in `linear` and `floors`, each with its name in words; see the modules beside this one.

    Parameters
    ----------
    coverage
        Reach and service of every option.
    limits
        What a plan must keep to; its phases and objectives are not looked at. Neither count nor
        budget: everything may be opened.
    district
        Needed for the maximum gap (its rules), containers (their price), quotas by street, and the
        season of the demand; also gives names, and areas where nothing may be opened.
    site_ways
        Whole millimetres on foot along the streets between sites, both in the order of
        `Options.sites`, stored up to the minimum separation at least; shape (s, s). For a
        separation along streets; without them it is straight metres times the detour factor.
    known
        Of the same coverage and district: where other options do not enter, these rows of demand
        are taken and shared instead of being merged again.
    ground
        Of the same coverage and district, and of limits that differ in `lock`, `forbid` and
        `no_go` alone; None: it is made.

    Returns
    -------
    SitingProblem
        Options sorted by id, so that the order of the input never changes a plan. `clashes` names
        each locked site where nothing can be opened, with the reason; `notes` what is exempt.

    Raises
    ------
    ValueError
        If a limit is out of range, names a site that is not there, contradicts another (locked and
        forbidden, to be closed though it is a venue, forbidden though it is a station that stays),
        or needs the district and there is none.
    """
    _check_numbers(limits)
    _check_names(limits, coverage)
    if ground is None:
        ground = groundwork(coverage, limits, district=district, site_ways=site_ways)
    some, near, gap = ground.some, ground.near, ground.gap
    reasons = {**ground.alone, **inside_no_go(some, limits, district), **near.near}
    settled = settle(some, limits, reasons, pairs=ground.exclusive)
    rows = [*settled.rows, *ground.rows]
    options = ground.options
    demand, floors = _demand(coverage, ground, limits, district, known)
    pairs = pairs_once(np.concatenate([near.pairs, settled.pairs]), len(some.there))
    problem = SitingProblem(
        options=options,
        sites=tuple(map(str, some.there["place"])),
        serves=demand.serves,
        value_milli=demand.value_milli,
        base_milli=demand.base_milli,
        total_milli=demand.total_milli,
        cost_yuan=np.where(some.keeps, 0.0, some.there["cost_setup_yuan"].to_numpy(float)),
        counts=some.counts,
        budget_yuan=limits.budget_yuan,
        count=limits.count,
        locked=settled.locked,
        forbidden=settled.forbidden,
        too_close=pairs.astype(np.int32),
        keeps=tuple(np.array(options, dtype=object)[some.keeps]),
        excluded=settled.excluded,
        clashes=settled.clashes,
        linear=linear_limits(rows, len(options)),
        floors=floors,
        notes=(
            *gap.notes,
            *_without_stations(limits),
            *exempt_places(ground.scopes, limits.quotas),
        ),
    )
    return problem if gap.priced is None else _with_prices(problem, gap.priced)


def _without_stations(limits: Limits) -> tuple[Message, ...]:
    """Tell the measures that are allowed for no station."""
    named = (("move", "may_move", limits.may_move), ("close", "may_close", limits.may_close))
    return tuple(
        note(
            "measures holds {measure}, but {name} names no station, so the plan does not use it.",
            measure=measure,
            name=name,
        )
        for measure, name, stations in named
        if measure in limits.measures and not stations
    )


def _demand(
    coverage: Coverage,
    ground: Groundwork,
    limits: Limits,
    district: District | None,
    known: KnownRows | None,
) -> tuple[DemandRows, CoverageFloors | None]:
    """Merge the demand; where there are floors, told apart by group and community."""
    some = ground.some
    if not limits.floors:
        if known is None or known.coverage is not coverage or not is_same(known.some, some):
            known = merge_rows(coverage, some, district=district)
        return known.rows, None
    year = parts_of_year(coverage, [*some.there["weeks"], *some.standing["weeks"]], district)
    classes = cell_classes(coverage)
    rows = demand_rows(coverage, some, year, cell_class=classes.of_cell)
    return rows, coverage_floors(coverage, limits.floors, ground.scopes, classes, rows)


def _ruler(limits: Limits, district: District | None, site_ways: csr_array | None) -> Ruler:
    """Say how the separation is measured."""
    if not limits.separation_along_streets:
        return Ruler(None, 1.0)
    streets = district.settings.streets if district is not None else StreetSettings()
    return Ruler(site_ways, streets.detour_factor)


def _gap(coverage: Coverage, some: Entering, limits: Limits, district: District | None) -> GapAsked:
    if limits.gap is None:
        return GapAsked()
    if district is None:
        raise ValueError("gap needs the district, whose settings say how large a gap may be")
    return ask_for_no_gap(coverage, some, limits.gap, district.settings.gaps)


def _with_prices(problem: SitingProblem, priced: Priced) -> SitingProblem:
    """Add the rows of shortfalls behind those of demand."""
    floors = problem.floors
    if floors is not None:
        nothing = csr_array((len(floors.least), len(priced.value_milli)), dtype=np.int64)
        floors = replace(floors, values=csr_array(hstack([floors.values, nothing])))
    return replace(
        problem,
        serves=csr_array(hstack([problem.serves, priced.serves], dtype=np.bool_)),
        value_milli=np.concatenate([problem.value_milli, priced.value_milli]),
        total_milli=problem.total_milli + int(priced.value_milli.sum()),
        floors=floors,
        aim=Aim(kind="mix"),
        priced_rows=len(priced.value_milli),
    )


def _check_numbers(limits: Limits) -> None:
    for name in _AMOUNTS:
        amount = getattr(limits, name)
        if amount is not None and not 0 <= amount < math.inf:
            raise ValueError(f"{name} must be at least 0 and finite, got {amount}")
    if limits.count is not None and limits.count < 0:
        raise ValueError(f"count must be at least 0, got {limits.count}")
    if not 0 <= limits.min_separation_m < math.inf:
        raise ValueError(
            f"min_separation_m must be at least 0 and finite, got {limits.min_separation_m}"
        )
    for wrong in wrong_parts(limits):
        expected = wrong.expected.text("en")
        raise ValueError(f"{wrong.key}: got {wrong.found}, expected {expected}")


def _check_names(limits: Limits, coverage: Coverage) -> None:
    table, sites = coverage.options.table, coverage.options.sites
    known = set(map(str, sites.index.to_numpy(object)))
    options = set(map(str, table.index.to_numpy(object)))
    existing = set(map(str, sites.index.to_numpy(object)[sites["existing"].to_numpy(bool)]))
    for name in ("lock", "forbid"):
        _refuse(
            set(getattr(limits, name)) - known - options, f"{name} names sites that are not there"
        )
    _refuse(set(limits.lock) & set(limits.forbid), "locked and forbidden at the same time")
    for name in ("may_close", "may_move"):
        named = set(getattr(limits, name))
        _refuse(named - known, f"{name} names sites that are not there")
        _refuse(named - existing, f"{name} names sites that are no existing station")
    stay = existing - set(limits.may_close) - set(limits.may_move)
    _refuse(set(limits.forbid) & stay, "forbid names stations that stay (allow may_close first)")


def _refuse(sites: set[str], fault: str) -> None:
    if sites:
        raise ValueError(f"{fault}: {', '.join(sorted(sites)[:5])}")
