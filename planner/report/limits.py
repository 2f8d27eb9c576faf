"""The limits of a plan -> sentences, for documents, command line and screen."""

from collections.abc import Iterator, Mapping

from planner.district import District
from planner.district.settings import Floor, Limits, Objective, Phase, Quota
from planner.language import note, say
from planner.report.model import Names
from planner.report.words import (
    gap_words,
    measure_name,
    objective_name,
    quota_subject,
    scope_name,
)

__all__ = ["limit_sentences"]

_NAMED = 12
"""So many sites are named one by one."""


def limit_sentences(limits: Limits, district: District, site_names: Mapping[str, str]) -> list[str]:
    """Tell what a plan is to achieve, may do and must keep to, in the language in use.

    Parameters
    ----------
    limits
        Of the plan.
    district
        For the names of groups, communities and host types, and the rules of the largest gap.
    site_names
        Site id -> name; an id without a name stands for itself.
    """
    told = _Teller(limits, Names(district), site_names)
    return [
        *told.objectives(),
        *told.measures(),
        *told.money(),
        *told.distances(),
        *told.counts(),
        *told.sites(),
        *told.phases(),
    ]


class _Teller:
    """Tells one plan's limits, a kind at a time."""

    def __init__(self, limits: Limits, names: Names, site_names: Mapping[str, str]) -> None:
        self.limits, self.names, self.site_names = limits, names, site_names

    def objectives(self) -> Iterator[str]:
        aims = self.limits.objectives
        if self.limits.robust:
            yield say("Planned for many possible demands at once: the mean over draws.")
        if aims == (Objective(),):
            return
        parts = [self._objective(aim, alone=len(aims) == 1) for aim in aims]
        if self.limits.one_after_the_other and len(parts) > 1:
            yield say("Objectives, one after the other: {parts}.", parts=say("; ").join(parts))
        elif len(parts) > 1:
            yield say("Objectives, added up: {parts}.", parts=say("; ").join(parts))
        else:
            yield say("Objective: {part}.", part=parts[0])

    def _objective(self, aim: Objective, *, alone: bool) -> str:
        name = objective_name(aim.kind)
        if aim.kind in ("fewest_sites", "least_money"):
            name = say(
                "{name}: {share:.0%} of what could be served at all",
                name=name,
                share=aim.target_share,
            )
        if alone:
            return name
        if self.limits.one_after_the_other:
            return say(
                "{name} (later ones may cost {share:.1%} of it)",
                name=name,
                share=aim.tolerance_share,
            )
        return say("{name} (weight {weight:g})", name=name, weight=aim.weight)

    def measures(self) -> Iterator[str]:
        if self.limits.measures != ("open",):
            steps = say(", ").join(measure_name(step) for step in self.limits.measures)
            yield say("The plan may: {steps}.", steps=steps)
        if self.limits.containers:
            yield say(
                "Relocatable stations that may be bought: {count}.", count=self.limits.containers
            )

    def money(self) -> Iterator[str]:
        limits = self.limits
        total, union = limits.budget_yuan, limits.budget_union_yuan
        partner, year = limits.budget_partner_yuan, limits.budget_year_yuan
        for amount, told in (
            (total, note("Added set-up money: at most {budget:,.0f} yuan.", budget=total)),
            (union, note("Of it paid by the union: at most {budget:,.0f} yuan.", budget=union)),
            (
                partner,
                note(
                    "Of it paid by hosts and partners: at most {budget:,.0f} yuan.", budget=partner
                ),
            ),
            (year, note("Added running cost: at most {budget:,.0f} yuan a year.", budget=year)),
        ):
            if amount is not None:
                yield str(told)
        if limits.count is not None:
            yield say("New stations: at most {count:,}.", count=limits.count)

    def distances(self) -> Iterator[str]:
        limits, rules = self.limits, self.names.district.settings.gaps
        if limits.min_separation_m > 0:
            others = (
                say("any other station, new or existing")
                if limits.separation_from_existing
                else say("any other new station")
            )
            how = (
                say("along the streets")
                if limits.separation_along_streets
                else say("in a straight line")
            )
            yield say(
                "At least {metres:,.0f} m {how} between a new station and {others}.",
                metres=limits.min_separation_m,
                how=how,
                others=others,
            )
        if limits.gap is not None:
            yield say(
                "Largest way to an open station: {urban:,.0f} m, {dense:,.0f} m where workers are"
                " dense; {how}.",
                urban=rules.urban_m,
                dense=rules.dense_m,
                how=gap_words(hard=limits.gap.hard, price_hours=limits.gap.price_hours),
            )
        if limits.levels is not None:
            yield say(
                "Each new station has a centre ({hosts}) within {metres:,.0f} m.",
                hosts=say(", ").join(map(self.names.host, limits.levels.centre_hosts)),
                metres=limits.levels.within_m,
            )

    def counts(self) -> Iterator[str]:
        for quota in self.limits.quotas:
            yield self._quota(quota)
        for floor in self.limits.floors:
            yield self._floor(floor)

    def _quota(self, quota: Quota) -> str:
        where = scope_name(quota.scope)
        if quota.which:
            named = {
                "community": self.names.community,
                "host_type": self.names.host,
            }.get(quota.scope, str)
            where = say(", ").join(named(each) for each in quota.which)
        asked = [
            str(told)
            for value, told in (
                (quota.least, note("at least {value:,}", value=quota.least)),
                (quota.most, note("at most {value:,}", value=quota.most)),
                (quota.least_share, note("at least {value:.0%} of all", value=quota.least_share)),
                (quota.most_share, note("at most {value:.0%} of all", value=quota.most_share)),
                (
                    quota.least_per_street,
                    note("at least {value:g} for each street office", value=quota.least_per_street),
                ),
            )
            if value is not None
        ]
        return say(
            "{subject}, {where}: {asked}.",
            subject=quota_subject(quota.stations),
            where=where,
            asked=say(", ").join(asked),
        )

    def _floor(self, floor: Floor) -> str:
        parts = [
            *(self.names.group(each) for each in floor.groups),
            *(self.names.community(each) for each in floor.communities),
        ]
        if floor.each == "group":
            parts.append(say("each group"))
        if floor.each == "community":
            parts.append(say("each community"))
        return say(
            "Served at least {share:.0%} of the worker-hours of: {whom}.",
            share=floor.least_share,
            whom=say(", ").join(parts) if parts else say("all workers"),
        )

    def sites(self) -> Iterator[str]:
        limits = self.limits
        for ids, told in (
            (limits.lock, note("Must be opened: {sites}.", sites=self._named(limits.lock))),
            (limits.forbid, note("Must not be opened: {sites}.", sites=self._named(limits.forbid))),
            (
                limits.may_close,
                note("May be closed: {sites}.", sites=self._named(limits.may_close)),
            ),
            (limits.may_move, note("May be moved: {sites}.", sites=self._named(limits.may_move))),
        ):
            if ids:
                yield str(told)
        if limits.no_go:
            yield say("Areas where nothing may be opened: {count}.", count=len(limits.no_go))

    def _named(self, ids: tuple[str, ...]) -> str:
        names = [self.site_names.get(each) or each for each in ids[:_NAMED]]
        if len(ids) > _NAMED:
            names.append(say("{count} more", count=len(ids) - _NAMED))
        return say(", ").join(names)

    def phases(self) -> Iterator[str]:
        for phase in self.limits.phases:
            yield self._phase(phase)
        if self.limits.contiguous_m is not None:
            yield say(
                "What opens in a phase has a station of today or of an earlier phase within"
                " {metres:,.0f} m.",
                metres=self.limits.contiguous_m,
            )

    def _phase(self, phase: Phase) -> str:
        asked = []
        if phase.budget_yuan is not None:
            asked.append(
                say("{budget:,.0f} yuan and what earlier phases leave", budget=phase.budget_yuan)
            )
        if phase.count is not None:
            asked.append(say("at most {count:,} new stations", count=phase.count))
        asked += [self._quota(quota).rstrip("。.") for quota in phase.quotas]
        if phase.done is not None:
            asked.append(say("done, {count:,} measures", count=len(phase.done)))
        return say(
            "Phase {name}: {asked}.",
            name=self.names.phase(phase),
            asked=say("; ").join(asked) if asked else say("no limit of its own"),
        )
