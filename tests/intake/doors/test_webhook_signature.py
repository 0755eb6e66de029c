"""Signatures: the one that Standard Webhooks gives as its example, two secrets at once, and nothing that was changed."""

from __future__ import annotations

import base64

import pytest

from ascbridge.intake.doors.webhook_signature import NotSigned, Signed, sign, verify

OLD, NEW = b"o" * 32, b"n" * 32
BODY = b'{"id":"F-1"}'
NOW = 1_772_442_000


def signed(*secrets: bytes, key: str = "F-1", at: int = NOW, body: bytes = BODY) -> Signed:
    return Signed(key, str(at), " ".join(sign(secret, key, at, body) for secret in secrets))


def right(secrets: tuple[bytes, ...], one: Signed, body: bytes = BODY, now_s: float = NOW) -> bool:
    try:
        verify(secrets, one, body, now_ms=round(now_s * 1000), window_s=300)
    except NotSigned:
        return False
    return True


def test_the_example_of_standard_webhooks() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    said = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_changed_both_hold_and_afterwards_the_new_one() -> None:
    assert right((OLD,), signed(OLD))
    assert right((OLD, NEW), signed(OLD))
    assert right((OLD, NEW), signed(NEW))
    assert right((OLD,), signed(OLD, NEW))
    assert not right((NEW,), signed(OLD))


@pytest.mark.parametrize(
    "one, body",
    [
        (signed(OLD), BODY + b" "),
        (Signed("F-2", str(NOW), signed(OLD).signatures), BODY),
        (Signed("F-1", str(NOW + 1), signed(OLD).signatures), BODY),
        (Signed("F-1", str(NOW), signed(OLD).signatures.replace("v1,", "v1a,")), BODY),
        (Signed("F-1", str(NOW), ""), BODY),
        (Signed("F-1", str(NOW), "v1,é"), BODY),
        (Signed("F-1", str(NOW), " ".join([signed(OLD).signatures] * 11)), BODY),
        (Signed("F-1", "now", signed(OLD).signatures), BODY),
        (Signed("F-1", f"{NOW}.0", signed(OLD).signatures), BODY),
    ],
)
def test_what_was_changed_is_not_signed(one: Signed, body: bytes) -> None:
    assert not right((OLD,), one, body)


@pytest.mark.parametrize("off, holds", [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_request_is_taken_within_the_window_only(off: int, holds: object) -> None:
    assert right((OLD,), signed(OLD), now_s=NOW + off) is holds


def test_no_secrets_let_nobody_in() -> None:
    assert not right((), signed(OLD))
