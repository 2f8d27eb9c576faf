"""Many files and many districts on Dask: records to cells, and a plan for each district."""

from planner.scale.cluster import ClusterError
from planner.scale.many import COMPARISON, district_folders, plan_many
from planner.scale.pings import bin_on_dask

__all__ = ["COMPARISON", "ClusterError", "bin_on_dask", "district_folders", "plan_many"]
