"""Rows over code maps: those in force hold together, and of two for one code the higher number."""

from __future__ import annotations

from ascbridge.intake.agreed import profiles
from ascbridge.intake.reading.map_versions import MapRow, digest, over


def test_rows_stand_over_the_file_and_of_two_the_later_holds() -> None:
    file = profiles.read("itk-v24")
    rows = [
        MapRow("itk-v24", "discharge_method", "ZZ", "1"),
        MapRow("itk-v24", "discharge_method", "ZZ", "2"),
    ]
    made = over({"itk-v24": file}, [*rows, MapRow("gone", "gender", "X", "male")])
    assert made.keys() == {"itk-v24"}
    assert made["itk-v24"].code("discharge_method", "ZZ") == "2"
    assert made["itk-v24"].shadow == file.shadow
    assert file.code("discharge_method", "ZZ") is None
    assert digest(made["itk-v24"]) != digest(file)
