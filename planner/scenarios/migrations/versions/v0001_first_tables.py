"""The first tables: scenarios, their plans and edits, drafts and their edits."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first version."""
    op.create_table(
        "planner_scenarios",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("district", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("baseline", sa.Boolean, nullable=False),
        sa.Column("parent", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("deleted", sa.Text),
        sa.Column("deleted_by", sa.Text),
        sa.Column("figures", sa.Text),
        sa.Column("settings", sa.Text, nullable=False),
    )
    op.create_index("planner_scenarios_by_district", "planner_scenarios", ["district"])
    op.create_index(
        "planner_scenarios_one_baseline",
        "planner_scenarios",
        ["district"],
        unique=True,
        sqlite_where=sa.text("baseline"),
        postgresql_where=sa.text("baseline"),
    )
    op.create_table(
        "planner_plans",
        sa.Column("scenario", sa.Text, sa.ForeignKey("planner_scenarios.id"), primary_key=True),
        sa.Column("plan", sa.Text, nullable=False),
    )
    op.create_table(
        "planner_edits",
        sa.Column("scenario", sa.Text, sa.ForeignKey("planner_scenarios.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("edit", sa.Text, nullable=False),
    )
    op.create_table(
        "planner_drafts",
        sa.Column("scenario", sa.Text, sa.ForeignKey("planner_scenarios.id"), primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("base_version", sa.Integer, nullable=False),
        sa.Column("chosen", sa.Text, nullable=False),
    )
    op.create_table(
        "planner_draft_edits",
        sa.Column("scenario", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("edit", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["scenario", "person"],
            ["planner_drafts.scenario", "planner_drafts.person"],
            ondelete="CASCADE",
        ),
    )
