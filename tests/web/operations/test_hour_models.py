"""What the interface says of the ledger is described field by field."""

from ascbridge.web.operations.hour_models import MissingOut


def test_each_hop_is_named_in_the_description() -> None:
    said = str(MissingOut.model_fields["hop"].description)
    assert all(hop in said for hop in ("kept", "understood", "log", "read", "record", "entry"))
