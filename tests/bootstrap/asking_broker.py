"""A Kafka that asks everybody who they are, and lets each do with a topic what deploy/topics.toml says and no more."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from ascbridge.events import topics
from tests.needs import require
from tests.servers import kafka
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = {"relay": "of-the-bridge", "safeguarding-relay": "of-the-wall", "safeguarding": "who-reads-it"}
"""Who there is, each with a password."""
TOPIC, LITERAL, ALLOW = 2, 3, 3
READ, WRITE, DESCRIBE = 3, 4, 8
"""Numbers of the Kafka protocol (CreateAcls)."""


class AskingBroker:
    """Where it can be reached: by whoever says who they are (`asking`), and by an administrator (`server`)."""

    def __init__(self, server: kafka.KafkaServer, asking: str) -> None:
        self.server, self.asking = server, asking


@contextmanager
def asking_broker() -> Iterator[AskingBroker]:
    """Start it. Nobody may do anything yet but the administrator."""
    require(not kafka.missing(), kafka.missing())
    asking = f"127.0.0.1:{free_port()}"
    users = " ".join(f'user_{name}="{password}"' for name, password in PEOPLE.items())
    own = {
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,ASKING:SASL_PLAINTEXT",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.asking.plain.sasl.jaas.config":
            f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};",
    }  # fmt: skip
    server = kafka.KafkaServer(own, more_listeners={"ASKING": asking})
    with server:
        yield AskingBroker(server, asking)


async def let_as_declared(bootstrap: str) -> None:
    """Let everybody do what deploy/topics.toml says: write and read, each topic by the names that stand there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        for name, topic in topics.load(topics.shipped()).topic.items():
            for who, operation in [
                *((one, WRITE) for one in topic.write),
                *((one, READ) for one in topic.read),
            ]:
                for may in (operation, DESCRIBE):
                    rule = CreateAclsRequest(TOPIC, name, LITERAL, f"User:{who}", "*", may, ALLOW)
                    answer = await admin._send_request(rule, None)
                    assert answer.creation_responses[0][0] == 0, answer
    finally:
        await admin.close()
