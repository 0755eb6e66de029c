"""A real HAPI FHIR R4 JPA server on loopback, storing in an H2 database in memory."""

import http
import http.client
import shutil

from tests.servers.parts import is_ready
from tests.servers.process import Process, free_port, java


def missing() -> str:
    """Return what keeps HAPI from starting, or nothing."""
    if not is_ready("hapi"):
        return "the HAPI FHIR server's jars: run tests/servers/install.sh"
    return "" if shutil.which("java") else "java"


class Hapi:
    """A FHIR server that runs: where to reach it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}/fhir"


class HapiServer(Hapi, Process):
    """A FHIR server of one's own. With keep_data it stores on disk, and a restart finds what was there."""

    def __init__(self, *, keep_data: bool = False) -> None:
        Hapi.__init__(self, free_port())
        Process.__init__(self, "hapi")
        # WRITE_DELAY=0: on disk before it is answered; as it comes, H2 loses its last half second when killed.
        self._database = (
            f"file:{self.folder}/data;WRITE_DELAY=0" if keep_data else "mem:fhir;DB_CLOSE_DELAY=-1"
        )

    def command(self) -> list[str]:
        # The quick compiler only: starting is most of what this server does.
        options = ("-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
        arguments = (str(self.port), f"jdbc:h2:{self._database}")
        return java("hapi", "FhirServer", *arguments, heap="768m", options=options)

    def answers(self) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request("GET", "/fhir/metadata")
            return line.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()
