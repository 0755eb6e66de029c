"""Starts a Kafka and a PostgreSQL of its own, and `ascbridge bench --stack kafka` on them: `make bench-kafka`."""

from __future__ import annotations

import subprocess
import sys

from tests.servers import kafka, postgres


def main(arguments: list[str]) -> int:
    """Run the bench with these arguments more; returns its exit code."""
    missing = kafka.missing() or postgres.missing()
    if missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    with kafka.KafkaServer() as broker, postgres.PostgresServer() as server:
        url = server.create_database("bench")
        on = ["--stack", "kafka", "--database-url", url, "--kafka", broker.bootstrap]
        return subprocess.run(
            [sys.executable, "-m", "ascbridge", "bench", *on, *arguments], check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
