"""Names that the program gave are marked; folders tell which scenarios are theirs."""

import re

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

_OF_TODAY = ("现状", "State of today")
_NUMBERED = re.compile(r"(?:方案|Scenario )([1-9][0-9]{0,5})")


def upgrade() -> None:
    """Add the mark, set it where a name is one that the program gave, and make the table."""
    op.add_column(
        "planner_scenarios",
        sa.Column("given", sa.Text, nullable=False, server_default=sa.text("''")),
    )
    op.create_table(
        "planner_folders",
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("machine", sa.Text, primary_key=True),
        sa.Column("district", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
    )
    _mark_names(op.get_bind())


def _mark_names(connection: sa.Connection) -> None:
    """Mark names of the first version, but for those of scenarios that a person renamed."""
    kept = sa.table("planner_scenarios", *map(sa.column, ("id", "name", "baseline", "given")))
    edits = sa.table("planner_edits", *map(sa.column, ("scenario", "edit")))
    renames = sa.select(edits.c.scenario).where(edits.c.edit.like('{"kind": "rename"%'))
    renamed = set(connection.execute(renames).scalars())
    for row in connection.execute(sa.select(kept.c.id, kept.c.name, kept.c.baseline)).all():
        numbered = _NUMBERED.fullmatch(row.name)
        mark = "today" if row.baseline and row.name in _OF_TODAY else ""
        if numbered and not row.baseline and row.id not in renamed:
            mark = f"scenario {numbered[1]}"
        if mark:
            connection.execute(sa.update(kept).where(kept.c.id == row.id).values(given=mark))
