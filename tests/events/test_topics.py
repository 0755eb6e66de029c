"""The topics file and the brokers: what is missing is made, what differs is told, nothing is changed."""

from pathlib import Path

import pytest

from ascbridge.config_sections import KafkaSettings
from ascbridge.events.facts.catalogue import FACTS
from ascbridge.events.logs.log import TOPICS
from ascbridge.events.topics import Topic, TopicsFault, config_of, load, shipped


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
