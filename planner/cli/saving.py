"""`planner plan --save`: the scenario that keeps a plan."""

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["Saving", "Store"]

Store = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Where scenarios are kept; without it PLANNER_STORE or a file."
    ),
]


class Saving:
    """A scenario that waits for its plan: whether it can be kept is known before the search."""

    def __init__(self, folder: Path, name: str, store: str | None) -> None:
        """Open the store and look for the scenario.

        Raises
        ------
        StoreError
            If the store cannot be opened, the name cannot be kept, or means the state of today or
            several scenarios.
        """
        from planner.scenarios.rows import checked_name  # noqa: PLC0415 - slow, see folder.py
        from planner.scenarios.store import district_key, open_store  # noqa: PLC0415

        self._folder = folder
        self._name = checked_name(name)
        self._store = open_store(store)
        self._before = self._there(district_key(folder))

    def _there(self, district: str) -> Any:  # noqa: ANN401 - Scenario or None
        """Give the scenario of this name as it stands; None: there is none."""
        from planner.scenarios.lookup import named_scenario  # noqa: PLC0415 - slow, see folder.py
        from planner.scenarios.naming import all_names  # noqa: PLC0415

        if all(self._name not in all_names(each) for each in self._store.list(district)):
            return None
        found = self._store.get(named_scenario(self._store, self._name, district=district).id)
        if found.baseline:
            self._store.save(found)  # refuses, and says why
        return found

    def keep(self, result: Any) -> Any:  # noqa: ANN401 - PlanResult and Scenario, whose import is slow
        """Keep a plan and give the scenario that holds it.

        Raises
        ------
        StoreError
            If it cannot be kept; `ConflictError` where somebody else saved the scenario meanwhile.
        """
        from planner.pipeline.scenarios import (  # noqa: PLC0415 - slow, see folder.py
            baseline_in,
            first_scenario,
            scenario_with,
        )
        from planner.scenarios.homes import see_folder  # noqa: PLC0415

        see_folder(self._store, self._folder)
        if self._before is not None:
            return self._store.save(scenario_with(self._before, result, author=""))
        baseline = baseline_in(self._store, self._folder)  # not of the season that was asked for
        new = first_scenario(baseline, name=self._name)
        return self._store.add(scenario_with(new, result, author=""))
