"""`district.toml` and the tables it names -> District, one frozen bundle that everything else starts from."""

from planner.district.bundle import District, WorkerTable
from planner.district.settings import Settings

__all__ = ["District", "Settings", "WorkerTable"]
