"""Rows as they are written: columns, CSV, lines, rows of a database, and the folders that files land in."""
