"""The topics as declared in one file (deploy/topics.toml): made where missing, compared where they exist.

Nothing here changes or deletes a topic: a difference is reported, and a person decides.
"""

from __future__ import annotations

import asyncio
import ssl
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code
from pydantic import BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.config import KafkaSettings

DAY_MS = 86_400_000
LOOKS, LOOK_AGAIN_S = 50, 0.1


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


async def create(settings: KafkaSettings, topics: Topics) -> list[str]:
    """Make the topics that are missing, and return every difference of those that exist, in words.

    Raises `TopicsFault`, or `aiokafka.errors.KafkaError` where the brokers cannot be reached.
    """
    differences = []
    if settings.partitions != topics.partitions:
        differences.append(f"kafka.partitions is {settings.partitions}, the file says {topics.partitions}")
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        there = await _make(admin, topics, settings.replication)
        return differences + await _differences(admin, there, topics, settings.replication)
    finally:
        await admin.close()


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Return how every Kafka client of ours connects."""
    encrypted = settings.security_protocol in {"SSL", "SASL_SSL"}
    return {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security_protocol,
        "ssl_context": ssl.create_default_context(cafile=settings.ca_file) if encrypted else None,
    }


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


async def _make(admin: AIOKafkaAdminClient, topics: Topics, replication: int) -> list[str]:
    """Ask for every topic, and return those that were there already: the broker knows, its metadata may
    lag.
    """
    new = [
        NewTopic(name, topics.partitions, replication, topic_configs=config_of(topic, replication))
        for name, topic in topics.topic.items()
    ]
    there = []
    answer = await admin.create_topics(new)
    for name, code, *text in answer.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise TopicsFault(
                f"{name} could not be made: {for_code(code).__name__} {' '.join(map(str, text))}"
            )
        if code:
            there.append(name)
    return there


async def _differences(
    admin: AIOKafkaAdminClient, names: list[str], topics: Topics, replication: int
) -> list[str]:
    if not names:
        return []
    told = []
    for name, count in (await _counts(admin, names)).items():
        if count != topics.partitions:
            told.append(f"{name} has {count} partitions, the file says {topics.partitions}")
    for name, actual in (await _configs(admin, names)).items():
        for key, wanted in config_of(topics.topic[name], replication).items():
            if actual.get(key) != wanted:
                told.append(f"{name}: {key} is {actual.get(key)}, the file says {wanted}")
    return told


async def _counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    for _ in range(LOOKS):
        found = await admin.describe_topics(names)
        counts = {one["topic"]: len(one["partitions"]) for one in found if one["partitions"]}
        if len(counts) == len(names):
            return counts
        await asyncio.sleep(LOOK_AGAIN_S)
    raise TopicsFault(f"the brokers do not describe {', '.join(sorted(set(names) - set(counts)))}")


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> Mapping[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(asked):
        for _code, _text, _type, name, entries in answer.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
