"""What carries events: the envelope, and the log on SQLite, PostgreSQL and Kafka."""
