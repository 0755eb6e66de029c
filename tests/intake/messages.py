"""ADT messages of our own invention, in the shape that profile itk-v24 reads."""

from __future__ import annotations

NHS_NUMBER = "9993000019"
SECOND_NUMBER = "9993000027"


def adt(
    trigger: str,
    *,
    control_id: str = "T0001",
    sent: str = "202610051000",
    recorded: str = "",
    occurred: str = "",
    nhs_number: str = NHS_NUMBER,
    local_id: str = "L100",
    authority: str = "RKB",
    name: str = "MARLOWE^ADA^JOY^^MRS^^L",
    born: str = "19410307",
    visit: str = "V100",
    ward: str = "W21^BAY B^BED 4^RKB01",
    pid: dict[int, str] | None = None,
    pv1: dict[int, str] | None = None,
    msh: dict[int, str] | None = None,
    extra: tuple[str, ...] = (),
    segments_end: str = "\r",
) -> bytes:
    """One ADT message; `pid`, `pv1` and `msh` set fields by their HL7 numbers, `extra` adds whole segments."""
    ids = [f"{nhs_number}^^^NHS"] * bool(nhs_number) + [f"{local_id}^^^{authority}^MRN"] * bool(local_id)
    header = _segment(
        "MSH", 21,
        {2: "^~\\&", 3: "PAS", 4: "RKB", 5: "ROUTE", 6: "RKB", 7: sent, 9: f"ADT^{trigger}", 10: control_id,
         11: "P", 12: "2.4", 18: "UNICODE", **(msh or {})},
    ).replace("MSH||", "MSH|", 1)  # fmt: skip
    event = f"EVN||{recorded or sent}||||{occurred or recorded or sent}"
    patient = _segment(
        "PID", 32,
        {1: "1", 3: "~".join(ids), 5: name, 7: born, 8: "2", 11: "1 INVENTED ROW^^COVENTRY^^CV99 1ZZ^GBR^H",
         13: "02470000000", 32: "~~~~~NSTS01", **(pid or {})},
    )  # fmt: skip
    visit_cx = f"{visit}^^^RKB^VISITID" if visit else ""
    stay = _segment("PV1", 45, {1: "1", 2: "I", 3: ward, 19: visit_cx, **(pv1 or {})})
    segments = [header, event, patient, stay, *extra]
    return "".join(one + segments_end for one in segments).encode()


def _segment(name: str, last: int, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, last + 1))]).rstrip("|")
