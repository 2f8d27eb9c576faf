"""The tables of the store, as the newest migration leaves them."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

__all__ = [
    "HEAD",
    "VERSION_TABLE",
    "draft_edits",
    "drafts",
    "edits",
    "folders",
    "metadata",
    "plans",
    "scenarios",
]

HEAD = "0002"
"""The newest migration."""
VERSION_TABLE = "planner_version"
"""Where Alembic notes which migrations a store has; a name of our own, since a PostgreSQL
database may be shared with other programs."""

metadata = MetaData()

scenarios = Table(
    "planner_scenarios",
    metadata,
    Column("id", Text, primary_key=True),
    Column("district", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("author", Text, nullable=False),
    # Moments are ISO 8601 in UTC, with microseconds: their order as text is their order in time.
    Column("created", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("baseline", Boolean, nullable=False),
    Column("parent", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("deleted", Text),
    Column("deleted_by", Text),
    Column("figures", Text),
    Column("settings", Text, nullable=False),
    # A name that the program gave follows the language of who reads it, see `naming`.
    Column("given", Text, nullable=False, server_default=text("''")),
    Index("planner_scenarios_by_district", "district"),
    Index(
        "planner_scenarios_one_baseline",
        "district",
        unique=True,
        sqlite_where=text("baseline"),
        postgresql_where=text("baseline"),
    ),
)
"""One row a scenario, without what is large or grows."""

plans = Table(
    "planner_plans",
    metadata,
    Column("scenario", Text, ForeignKey(scenarios.c.id), primary_key=True),
    Column("plan", Text, nullable=False),
)
"""The plan of a scenario as JSON: apart, so that a change of a name does not write it again."""

edits = Table(
    "planner_edits",
    metadata,
    Column("scenario", Text, ForeignKey(scenarios.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("edit", Text, nullable=False),
)
"""The history of a scenario, one row an edit, numbered from 0."""

drafts = Table(
    "planner_drafts",
    metadata,
    Column("scenario", Text, ForeignKey(scenarios.c.id), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("base_version", Integer, nullable=False),
    Column("chosen", Text, nullable=False),
)
"""What a person has open on a scenario and did not keep yet."""

draft_edits = Table(
    "planner_draft_edits",
    metadata,
    Column("scenario", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("edit", Text, nullable=False),
    ForeignKeyConstraint(
        ["scenario", "person"],
        ["planner_drafts.scenario", "planner_drafts.person"],
        ondelete="CASCADE",
    ),
)
"""The edits of a draft, one row an edit, numbered from 0."""

folders = Table(
    "planner_folders",
    metadata,
    Column("folder", Text, primary_key=True),
    Column("machine", Text, primary_key=True),
    Column("district", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("seen", Text, nullable=False),
)
"""Which district a folder is, one row a folder and machine; every row of one folder has the same.
A folder without a row is the district of its own key."""
