"""A council's database that is read: the connection, the queries as they are compiled, and how far it was read."""
