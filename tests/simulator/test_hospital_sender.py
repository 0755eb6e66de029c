"""The hospital's engine: every message answered, every answer checked, nothing given up because a line broke."""

import pytest

from ascbridge.simulator import hospital_sender
from ascbridge.simulator.hospital_sender import GaveUp, HospitalSender
from ascbridge.simulator.running_bridge import free_port
from ascbridge.simulator.schedule import Send
from tests.simulator.mllp_server import MllpServer, answered


def a_message(control_id: str, who: str = "U1", expect: str = "AA", **more) -> Send:
    raw = f"MSH|^~\\&|PAS|RKB|ROUTE|RKB|20260303||ADT^A28|{control_id}|P|2.4\r".encode()
    return Send(0, raw, who, expect, **more)


async def sent(answer, *batch: Send, connections: int = 4):
    async with MllpServer(answer) as server:
        sender = HospitalSender("127.0.0.1", server.port, connections=connections)
        try:
            await sender.send(batch)
        finally:
            await sender.close()
        return sender.answers, server


async def test_one_patients_messages_go_down_one_connection_in_order():
    batch = [a_message(f"{who}-{n}", who) for n in range(20) for who in ("U1", "U2", "U3", "U4", "U5")]
    answers, server = await sent(answered, *batch)
    assert (answers.kept, answers.complaints) == (100, [])
    assert 1 < server.connections <= 4
    for who in ("U1", "U2", "U3", "U4", "U5"):
        heard = [raw.split(b"|")[9].decode() for raw in server.heard if f"|{who}-".encode() in raw]
        assert heard == [f"{who}-{n}" for n in range(20)]


async def test_an_answer_that_is_not_as_expected_is_held_against_the_receiver():
    answers, _ = await sent(lambda raw: answered(raw, "AE"), a_message("P1"))
    assert (answers.kept, answers.refused) == (0, 1)
    assert "answered AE" in answers.complaints[0]


async def test_an_expected_refusal_is_no_complaint():
    answers, _ = await sent(lambda raw: answered(raw, "AE"), a_message("P1", expect="AE"))
    assert (answers.refused, answers.complaints) == (1, [])


async def test_an_answer_to_another_message_is_noticed():
    answers, _ = await sent(lambda raw: answered(raw.replace(b"P1", b"P2")), a_message("P1"))
    assert "the answer names 'P2'" in answers.complaints[0]


async def test_a_repeat_must_be_answered_word_for_word():
    number = iter(range(100))
    changing, _ = await sent(
        lambda raw: answered(raw) + f"NTE|{next(number)}\r".encode(),
        a_message("P1"),
        a_message("P1", repeat=True),
    )
    assert ["a repeat was not answered as the first time" in line for line in changing.complaints] == [True]
    same, _ = await sent(answered, a_message("P1"), a_message("P1", repeat=True))
    assert (same.kept, same.repeats, same.complaints) == (1, 1, [])


async def test_what_is_not_taken_just_now_is_sent_again():
    tries = iter(["AR", "AR", "AA"])

    def busy_at_first(raw: bytes) -> bytes:
        code = next(tries)
        return answered(raw, code, "207&Application internal error&HL70357" if code == "AR" else "")

    answers, server = await sent(busy_at_first, a_message("P1"))
    assert (answers.kept, answers.sent_again, answers.complaints) == (1, 2, [])
    assert len(set(server.heard)) == 1


async def test_a_broken_line_is_made_anew_and_the_message_sent_again():
    tries = iter([None, b"answer"])
    answers, server = await sent(lambda raw: next(tries) and answered(raw), a_message("P1"))
    assert (answers.kept, server.connections, len(server.heard)) == (1, 2, 2)


async def test_it_gives_up_when_nobody_is_there(monkeypatch):
    monkeypatch.setattr(hospital_sender, "PATIENCE_S", 0.2)
    sender = HospitalSender("127.0.0.1", free_port())
    with pytest.raises(GaveUp):
        await sender.send([a_message("P1")])


async def test_an_answer_that_nobody_can_read_is_a_complaint():
    answers, _ = await sent(lambda raw: b"thank you", a_message("P1"))
    assert "cannot be read" in answers.complaints[0]


async def test_complaints_are_bounded():
    answers, _ = await sent(lambda raw: answered(raw, "AE"), *(a_message(f"P{n}") for n in range(50)))
    assert (len(answers.complaints), answers.refused) == (20, 50)
