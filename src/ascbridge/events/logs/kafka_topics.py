"""The declared topics on Apache Kafka: made where missing, compared where they exist.

Nothing here changes or deletes a topic: a difference is reported, and a person decides.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from ascbridge.events.topics import Topics, TopicsFault, config_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.config_sections import KafkaSettings

LOOKS, LOOK_AGAIN_S = 300, 0.1


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


async def look(settings: KafkaSettings, topics: Topics) -> list[str]:
    """Return what is missing or differs, in words; nothing is made. Raises `TopicsFault`, also where nobody answers."""
    admin = AIOKafkaAdminClient(**connection(settings))
    try:
        await admin.start()
        there = set(await admin.list_topics()) & topics.topic.keys()
        missing = [f"{name} is missing" for name in sorted(topics.topic.keys() - there)]
        return missing + await _differences(admin, sorted(there), topics, settings.replication)
    except KafkaError as fault:
        raise TopicsFault(type(fault).__name__) from fault
    finally:
        await admin.close()


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Return how every Kafka client of ours connects. Raises `OSError` for a file that cannot be read."""
    encrypted = settings.security_protocol in {"SSL", "SASL_SSL"}
    how = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security_protocol,
        "ssl_context": ssl.create_default_context(cafile=settings.ca_file) if encrypted else None,
    }
    if settings.sasl and settings.sasl_password_file is not None:
        how |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password_file.read_text("utf-8").strip(),
        }
    return how


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
