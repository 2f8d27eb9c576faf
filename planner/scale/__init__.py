"""Many files and many districts on Dask: records to cells, and a plan for each district."""

from planner.scale.cluster import ClusterError
from planner.scale.many import COMPARISON, district_folders, plan_many

__all__ = ["COMPARISON", "ClusterError", "district_folders", "plan_many"]
