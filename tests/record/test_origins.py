"""From which message a stored resource came."""

from ascbridge.record.origins import origins, provenances
from ascbridge.record.resource_store import Change, get, put
from ascbridge.storage.tables import message
from tests.record.world import KEYRING, NOW, World

ID = "01998a2e-7c00-8000-8000-0000000000aa"


async def test_a_message_of_ours_tells_its_feed_and_number_and_a_desk_act_nothing(
    either_world: World,
) -> None:
    world = either_world
    row = {
        "message_id": ID,
        "feed": "uhcw-adt",
        "control_id": "MSG1",
        "received_ms": NOW,
        "body": b"",
        "answer": b"",
    }
    await world.database.write(lambda c: c.execute(message.insert().values(row)))
    found = await world.database.read(
        lambda c: origins(c, [f"urn:uuid:{ID}", "urn:ascbridge:message:act7", "", "urn:uuid:gone"])
    )
    assert {source: (one.feed, one.sender_number) for source, one in found.items()} == {
        f"urn:uuid:{ID}": ("uhcw-adt", "MSG1")
    }
    body = {"resourceType": "Patient", "id": "n1", "meta": {"source": f"urn:uuid:{ID}"}}
    shared = Change({"resourceType": "Organization", "id": "o1"}, "")
    await world.database.write(lambda c: put(c, KEYRING, [Change(body, "n1", rule="patient/1"), shared], NOW))
    stored = await world.database.read(lambda c: [get(c, "Patient", "n1"), get(c, "Organization", "o1")])
    (made,) = await world.database.read(lambda c: provenances(c, [each for each in stored if each]))
    assert made["policy"] == ["urn:ascbridge:mapping-rule:patient:1"]
    assert made["entity"][0]["what"]["display"] == "feed uhcw-adt, message MSG1"
    assert (made["meta"]["versionId"], made["recorded"]) == ("1", made["meta"]["lastUpdated"])
