"""The topics as declared in one file (deploy/topics.toml), which every log keeps to."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

DAY_MS = 86_400_000


class TopicsFault(Exception):
    """The topics file cannot be used, or the brokers refused a topic; the text says which and why."""


class Topic(BaseModel):
    """One topic. `write` and `read` are the services that need access; brokers enforce it, not we."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    retention_days: float = Field(gt=0)
    cleanup: Literal["delete", "compact"] = "delete"
    write: tuple[str, ...] = ()
    read: tuple[str, ...] = ()

    @property
    def retention_ms(self) -> int:
        """How long records are kept, in milliseconds."""
        return round(self.retention_days * DAY_MS)


class Topics(BaseModel):
    """All topics by name, and the number of partitions that each of them has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partitions: int = Field(ge=1, le=1024)
    topic: dict[str, Topic]


def shipped() -> Path:
    """Return the file that came with the program: beside this module in a wheel, under deploy/ in a
    checkout.
    """
    inside = Path(__file__).with_name("topics.toml")
    return inside if inside.is_file() else Path(__file__).parents[3] / "deploy" / "topics.toml"


def load(path: Path) -> Topics:
    """Read the topics file. Raises `TopicsFault`."""
    try:
        return Topics.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise TopicsFault(f"{path.name}: {fault}") from fault
    except ValidationError as fault:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors())
        raise TopicsFault(f"{path.name}: {wrong}") from fault


def config_of(topic: Topic, replication: int) -> dict[str, str]:
    """Return the broker's settings of a topic.

    The broker stamps the time, so a replay from a time means when it was published, and no sender's clock
    can be refused for running ahead.
    """
    return {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": str(max(1, replication - 1)),
    }
