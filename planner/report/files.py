"""A report -> plan.json and sites.geojson."""

import json
from pathlib import Path
from typing import Any

from planner.language import say
from planner.report.model import PlanReport
from planner.report.objects import plan_json

__all__ = ["write_plan_json", "write_sites_geojson"]


def write_plan_json(report: PlanReport, path: Path) -> None:
    """Write the object of `plan_json`, as UTF-8.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    text = json.dumps(plan_json(report), ensure_ascii=False, allow_nan=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def write_sites_geojson(report: PlanReport, path: Path) -> None:
    """Write proposed and existing stations as points in WGS-84 (RFC 7946).

    `kind` is "proposed", "existing" or "to_be_closed"; the other properties are those of
    `plan_json`.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    told = plan_json(report)
    features = [_feature(site, "proposed") for site in told["sites"]]
    features += [
        _feature(site, "existing" if site["stays"] else "to_be_closed") for site in told["existing"]
    ]
    collection = {
        "type": "FeatureCollection",
        "name": told["district"],
        "note": " ".join([say("Internal working sketch."), told["data_note"]]).strip(),
        "features": features,
    }
    text = json.dumps(collection, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _feature(site: dict[str, Any], kind: str) -> dict[str, Any]:
    properties = {name: value for name, value in site.items() if name not in {"lon", "lat"}}
    return {
        "type": "Feature",
        "id": site["id"],
        "geometry": {"type": "Point", "coordinates": [site["lon"], site["lat"]]},
        "properties": {"kind": kind, **properties},
    }
