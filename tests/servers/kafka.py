"""A real Apache Kafka of one node (KRaft: broker and controller in one), on loopback."""

import base64
import shutil
import socket
import struct
import subprocess
import uuid
from collections.abc import Mapping

from tests.servers.parts import is_ready
from tests.servers.process import Process, free_port, java

QUIET = ("-Dlog4j2.level=WARN",)
ONE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # One node carries few partitions; the defaults are for a cluster and only slow the start.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # After a kill the node must wait this long for its former self to be counted dead (9 s by default).
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # A topic nobody created is a mistake, here as in production.
    "auto.create.topics.enable": "false",
}


def missing() -> str:
    """Return what keeps Kafka from starting, or nothing."""
    if not is_ready("kafka"):
        return "Kafka's jars: run tests/servers/install.sh"
    return "" if shutil.which("java") else "java"


def run_tool(main: str, *arguments: str, timeout: float = 240) -> str:
    """Run one of Kafka's own command-line programs by its class name, and return what it prints."""
    command = java("kafka", main, *arguments, heap="256m", options=("-XX:TieredStopAtLevel=1", *QUIET))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(f"{main} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Kafka:
    """A broker that runs: where to reach it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bootstrap = f"127.0.0.1:{port}"


class KafkaServer(Kafka, Process):
    """A broker of one's own, to stop, kill and restart. Settings are added to server.properties.

    `more_listeners` are addresses beside the one that asks nobody, by the name that settings give them.
    """

    def __init__(
        self, settings: Mapping[str, str] | None = None, more_listeners: Mapping[str, str] | None = None
    ) -> None:
        Kafka.__init__(self, free_port())
        Process.__init__(self, "kafka")
        controller = f"127.0.0.1:{free_port()}"
        reached = {"PLAINTEXT": self.bootstrap, **(more_listeners or {})}
        public = ",".join(f"{name}://{address}" for name, address in reached.items())
        properties = ONE_NODE | {
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"{public},CONTROLLER://{controller}",
            "advertised.listeners": public,
            "log.dirs": str(self.folder / "data"),
        }
        lines = [f"{name}={value}\n" for name, value in (properties | dict(settings or {})).items()]
        self._properties = self.folder / "server.properties"
        self._properties.write_text("".join(lines), encoding="utf-8")

    def command(self) -> list[str]:
        # The quick compiler only: no test lets it run for long.
        options = ("-XX:TieredStopAtLevel=1", *QUIET)
        return java("kafka", "kafka.Kafka", str(self._properties), heap="512m", options=options)

    def start(self) -> None:
        if not (self.folder / "data").exists():
            # A leading letter: an id that begins with a dash would read as an option.
            cluster = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:21]
            run_tool("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties))
        super().start()

    def answers(self) -> bool:
        """Whether the node's own metadata lists a live broker."""
        name = b"ascbridge"
        # Metadata request, version 1: every topic.
        request = struct.pack(f">hhih{len(name)}si", 3, 1, 1, len(name), name, -1)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
                line.sendall(struct.pack(">i", len(request)) + request)
                reply = line.makefile("rb")
                body = reply.read(*struct.unpack(">i", reply.read(4)))
        except (OSError, struct.error):
            return False
        (brokers,) = struct.unpack_from(">i", body, 4)
        return bool(brokers > 0)
