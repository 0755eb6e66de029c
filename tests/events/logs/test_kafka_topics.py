"""The declared topics on real brokers: made, compared, refused, and how we connect."""

import uuid
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from ascbridge.config_sections import KafkaSettings
from ascbridge.events.logs.kafka_log import KafkaEventLog
from ascbridge.events.logs.kafka_topics import connection, create, look
from ascbridge.events.topics import Topic, Topics, TopicsFault
from tests.servers.kafka import Kafka


def test_brokers_that_ask_are_told_who_we_are(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    settings = KafkaSettings(
        bootstrap="b:9093", security_protocol="SASL_PLAINTEXT", sasl_username="bridge",
        sasl_password_file=tmp_path / "password",
    )  # fmt: skip
    told = connection(settings)
    assert told["sasl_plain_username"] == "bridge"
    assert told["sasl_plain_password"] == "open sesame"
    assert told["sasl_mechanism"] == "SCRAM-SHA-512"
    assert "sasl_plain_password" not in connection(KafkaSettings(bootstrap="b:9092"))


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
    assert await look(settings, topics(names)) == [f"{name} is missing" for name in sorted(names)]
    assert await create(settings, topics(names)) == []
    assert await look(settings, topics(names)) == []
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
