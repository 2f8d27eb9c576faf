"""Demand -> what each source gave and the totals of each group, as objects and as tables."""

import math
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from planner.demand import Demand
from planner.district import District
from planner.language import say
from planner.report.model import Names
from planner.report.tables import Column, Table, make_table

__all__ = [
    "demand_json",
    "fits_table",
    "json_value",
    "season_name",
    "sources_table",
    "totals_table",
]


def demand_json(district: District, demand: Demand) -> dict[str, Any]:
    """Give the workers by group and what each source gave; names in the language in use.

    `stated` is the headcount that the settings state for a group, null where they state none;
    `assumed` says whether reach and hours of a group are defaults that nobody has confirmed.
    """
    names = Names(district)
    totals = _totals(district, demand)
    return {
        "workers": round(float(demand.workers.sum()), 3),
        "worker_hours_week": demand.worker_hours_week,
        "cells": len(demand.cells),
        "season": demand.season,
        "by_group": {
            str(group): {"name": names.group(group), **_plain(row)}
            for group, row in totals.iterrows()
        },
        "sources": [
            {**_plain(row), "group_name": names.group(row["group"])}
            for _, row in demand.sources.iterrows()
        ],
        "fits": [_plain(row) for _, row in demand.fits.iterrows()],
    }


def season_name(district: District, season: str | None) -> str:
    """Name the season that figures are of, in the language in use."""
    return say("all year round") if season is None else Names(district).season(season)


def sources_table(district: District, demand: Demand) -> Table:
    """Tell what each source gave to each group."""
    names = Names(district)
    kinds = {
        "survey": say("survey"),
        "points": say("counted places"),
        "pings": say("GPS or order records"),
        "proxies": say("features with rates"),
        "stated": say("stated total"),
    }
    gives = {"headcount": say("headcount"), "pattern": say("where and when only")}
    hours = {
        "table": say("presence table"),
        "counts": say("counted by hour"),
        "records": say("records by hour"),
    }
    rows = [
        (
            PurePath(str(row["source"])).name,
            kinds.get(row["kind"], row["kind"]),
            names.group(row["group"]),
            gives.get(row["gives"], row["gives"]),
            float(row["trust"]),
            _number(row["counted"]),
            float(row["used"]),
            float(row["pattern_share"]),
            " + ".join(hours.get(kind, kind) for kind in str(row["hours"]).split("+")),
        )
        for _, row in demand.sources.iterrows()
    ]
    columns = (
        Column(key="name", label=say("Source"), width=28),
        Column(key="kind", label=say("Kind"), width=18),
        Column(key="group", label=say("Group"), width=22),
        Column(key="gives", label=say("Gives"), width=18),
        Column(key="trust", label=say("Trust"), form="decimal"),
        Column(key="counted", label=say("Counted (workers)"), form="whole"),
        Column(key="used", label=say("Used (workers)"), form="whole"),
        Column(key="pattern", label=say("People laid out by it"), form="share"),
        Column(key="hours", label=say("Hours from"), width=16),
    )
    return make_table(say("Sources of workers"), columns, rows)


def totals_table(district: District, demand: Demand) -> Table:
    """Tell the totals of each group: stated, counted and used."""
    names = Names(district)
    rows = [
        (
            names.group(group),
            _number(row["stated"]),
            _number(row["counted"]),
            float(row["workers"]),
            float(row["worker_hours_week"]),
            say("assumed") if row["assumed"] else say("confirmed"),
        )
        for group, row in _totals(district, demand).iterrows()
    ]
    columns = (
        Column(key="name", label=say("Group"), width=24),
        Column(key="stated", label=say("Stated headcount"), form="whole"),
        Column(key="counted", label=say("Counted by the sources"), form="whole"),
        Column(key="workers", label=say("Used"), form="whole"),
        Column(key="hours", label=say("Worker-hours a week"), form="whole", width=14),
        Column(key="basis", label=say("Reach and hours"), width=14),
    )
    return make_table(say("Totals by group"), columns, rows)


def fits_table(district: District, demand: Demand) -> Table:
    """Tell how well the fitted models do in areas that they have not seen."""
    names = Names(district)
    rows = [
        (
            names.group(row["group"]),
            str(row["model"]),
            int(row["areas"]),
            _number(row["error"]),
            _number(row["error_mean"]),
            _number(row["error_rates"]),
            say("yes") if row["used"] else say("no"),
        )
        for _, row in demand.fits.iterrows()
    ]
    columns = (
        Column(key="name", label=say("Group"), width=24),
        Column(key="model", label=say("Model"), width=20),
        Column(key="areas", label=say("Areas learned from"), form="whole"),
        Column(key="error", label=say("Error of the model"), form="share"),
        Column(key="error_mean", label=say("Error of the mean"), form="share"),
        Column(key="error_rates", label=say("Error of the rates"), form="share"),
        Column(key="used", label=say("Used")),
    )
    return make_table(say("Fitted models, in areas they have not seen"), columns, rows)


def _totals(district: District, demand: Demand) -> pd.DataFrame:
    """Give one row a group that has workers or a stated headcount."""
    groups = {group.id: group for group in district.settings.groups}
    sources = demand.sources[demand.sources["gives"] == "headcount"]
    # A sum over nothing known is not 0 people: it is not known.
    counted = sources.groupby("group")["counted"].sum(min_count=1)
    hours = demand.people_milli.sum(axis=1, dtype="int64").T @ demand.band_hours / 1000
    table = pd.DataFrame(
        {
            "stated": [groups[group].total_workers for group in demand.groups],
            "counted": counted.reindex(list(demand.groups)).to_numpy(float),
            "workers": demand.workers.sum(axis=0),
            "worker_hours_week": hours,
            "assumed": [groups[group].assumed for group in demand.groups],
        },
        index=pd.Index(demand.groups, name="group"),
    ).astype({"stated": "float64"})
    return table[(table["workers"] > 0) | table["stated"].notna()]


def _plain(row: pd.Series) -> dict[str, Any]:
    """Give a row as JSON can hold it."""
    return {str(name): json_value(value) for name, value in row.items()}


def json_value(value: object) -> object:
    """Give a value of a table as JSON can hold it: null for what is missing or not finite."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    return value if isinstance(value, str) else _number(value)


def _number(value: object) -> float | None:
    if value is None or value is pd.NA:
        return None
    number = float(str(value))
    return round(number, 6) if math.isfinite(number) else None
