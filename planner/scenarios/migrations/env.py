"""What Alembic runs: the steps, over the connection that it was given."""

from alembic import context

from planner.scenarios.tables import VERSION_TABLE, metadata

_config = getattr(context, "config", None)  # Alembic's own, while it runs; else this is a look
if _config is not None:
    context.configure(
        connection=_config.attributes["connection"],
        target_metadata=metadata,
        version_table=VERSION_TABLE,
    )
    with context.begin_transaction():
        context.run_migrations()
