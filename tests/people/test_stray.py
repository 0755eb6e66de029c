"""What was found by the way shows nothing of itself."""

from __future__ import annotations

from ascbridge.people.stray import Stray


def test_its_repr_tells_nobody_and_nothing() -> None:
    one = Stray(
        "itk-v24", "hospital", b"QUETZAL", ("QUETZAL",), abuse=("physical",), about="QUETZAL", council_id="QUETZAL",
        nhs_number="QUETZAL", family_name="QUETZAL", given_names="QUETZAL", birth_date="QUETZAL",
    )  # fmt: skip
    assert "QUETZAL" not in repr(one)
    assert "physical" not in repr(one)
