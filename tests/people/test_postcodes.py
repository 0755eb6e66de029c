"""Postcodes of many patients at once."""

from ascbridge.people.postcodes import postcodes_of
from tests.people.ward import Said, Ward, cause, details


def test_those_who_have_one_and_are_not_erased(bridge: Ward) -> None:
    one, silent, gone = (bridge.patient(f"M{n}") for n in range(3))
    bridge.hear(
        Said(
            cause("m1"),
            [details(one, postcode="CV1 1EX"), details(silent), details(gone, postcode="CV2 2AB")],
        )
    )
    bridge.data_keys.erase(bridge.connection, [bridge.key(gone)], 1)
    keys = [*bridge.keys.values(), "p-unknown"]
    assert postcodes_of(bridge.connection, bridge.data_keys, keys) == {bridge.key(one): "CV1 1EX"}
    assert postcodes_of(bridge.connection, bridge.data_keys, []) == {}
