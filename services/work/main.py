"""The work service: does everything but listening, on one machine."""

import sys
from pathlib import Path

from ascbridge import config, supervisor


def main(arguments: list[str]) -> int:
    """Run with the settings named, else with service.toml, until told to stop; returns the exit code."""
    file = Path(arguments[0]) if arguments else Path(__file__).with_name("service.toml")
    try:
        settings = config.load(file)
    except config.ConfigError as fault:
        sys.stderr.write(f"These settings cannot be used:\n{fault}\n")
        return 2
    return supervisor.run_service("work", settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
