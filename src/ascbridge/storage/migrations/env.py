"""Runs migrations on the connection that `storage.migration` hands over, for the groups of tables it names."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
context.run_migrations()
