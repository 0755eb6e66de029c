"""The topics file and the brokers: what is missing is made, what differs is told, nothing is changed."""

import uuid
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from ascbridge.config import KafkaSettings
from ascbridge.events.catalogue import FACTS
from ascbridge.events.kafka_log import KafkaEventLog
from ascbridge.events.log import TOPICS
from ascbridge.events.topics import Topic, Topics, TopicsFault, config_of, connection, create, load, shipped
from tests.servers.kafka import Kafka


def test_the_shipped_file_names_every_topic_there_is() -> None:
    ours = load(shipped())
    assert set(ours.topic) == set(TOPICS)
    assert {fact.family for fact in FACTS.values()} <= set(ours.topic)
    assert ours.partitions == KafkaSettings().partitions
    assert ours.topic["inbound"].retention_ms == 7 * 86_400_000
    assert ours.topic["safeguarding"].retention_days < ours.topic["person"].retention_days


def test_safeguarding_is_for_its_own_readers_only() -> None:
    ours = load(shipped())
    others = {
        who
        for name, topic in ours.topic.items()
        if name != "safeguarding"
        for who in topic.read + topic.write
    }
    theirs = set(ours.topic["safeguarding"].read + ours.topic["safeguarding"].write)
    assert theirs
    assert not theirs & others


@pytest.mark.parametrize(
    "text,wrong",
    [
        ("partitions = 0\n[topic]", "partitions"),
        ("partitions = 1\n[topic.person]\nabout = 'x'", "topic.person.retention_days"),
        (
            "partitions = 1\n[topic.person]\nabout = 'x'\nretention_days = 1\ncleanup = 'never'",
            "topic.person.cleanup",
        ),
        (
            "partitions = 1\n[topic.person]\nabout = 'x'\nretention_days = 1\ncolour = 'red'",
            "topic.person.colour",
        ),
        ("partitions = [", "topics.toml"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "topics.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TopicsFault, match=wrong):
        load(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(TopicsFault, match="No such file"):
        load(tmp_path / "topics.toml")


def test_a_topic_on_several_brokers_waits_for_all_but_one() -> None:
    topic = Topic(about="x", retention_days=0.5)
    assert config_of(topic, 1)["min.insync.replicas"] == "1"
    assert config_of(topic, 3) == {
        "cleanup.policy": "delete",
        "retention.ms": "43200000",
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": "2",
    }


def test_an_encrypted_connection_trusts_whom_the_settings_name() -> None:
    plain = connection(KafkaSettings(bootstrap="kafka:9092"))
    assert (plain["bootstrap_servers"], plain["security_protocol"], plain["ssl_context"]) == (
        "kafka:9092",
        "PLAINTEXT",
        None,
    )
    secret = connection(KafkaSettings(bootstrap="kafka:9093", security_protocol="SSL"))
    assert secret["ssl_context"].check_hostname


@pytest.fixture
def names() -> tuple[str, str]:
    mark = uuid.uuid4().hex[:8]
    return f"one.{mark}", f"two.{mark}"


def topics(names: tuple[str, ...], partitions: int = 3, **more: object) -> Topics:
    each = {"about": "x", "retention_days": 2} | more
    return Topics(partitions=partitions, topic={name: Topic.model_validate(each) for name in names})


@pytest.mark.kafka
async def test_missing_topics_are_made_as_the_file_says(kafka_server: Kafka, names: tuple[str, str]) -> None:
    settings = KafkaSettings(bootstrap=kafka_server.bootstrap, partitions=3)
    assert await create(settings, topics(names)) == []
    assert await create(settings, topics(names)) == []  # compared now, and nothing differs
    log = KafkaEventLog(settings)
    assert [len(await log.bounds(name)) for name in names] == [3, 3]
    await log.close()


@pytest.mark.kafka
async def test_what_differs_is_told_and_left_as_it_is(kafka_server: Kafka, names: tuple[str, str]) -> None:
    settings = KafkaSettings(bootstrap=kafka_server.bootstrap, partitions=3)
    await create(settings, topics(names[:1]))
    other = topics(names, 4, retention_days=1, cleanup="compact")
    expected = [
        "kafka.partitions is 3, the file says 4",
        f"{names[0]} has 3 partitions, the file says 4",
        f"{names[0]}: cleanup.policy is delete, the file says compact",
        f"{names[0]}: retention.ms is 172800000, the file says 86400000",
    ]
    assert await create(settings, other) == expected  # the second topic is made all the same
    assert await create(settings, other) == expected


@pytest.mark.kafka
async def test_a_topic_that_the_brokers_refuse_is_named(kafka_server: Kafka) -> None:
    settings = KafkaSettings(bootstrap=kafka_server.bootstrap, partitions=3)
    with pytest.raises(TopicsFault, match="not/a/name could not be made: InvalidTopic"):
        await create(settings, topics(("not/a/name",)))


@pytest.mark.kafka
async def test_brokers_that_nobody_can_reach_are_told_apart() -> None:
    with pytest.raises(KafkaError):
        await create(KafkaSettings(bootstrap="127.0.0.1:9"), topics(("one",)))
