"""FHIR R4 UK Core words: identifier systems, profile and extension addresses, code displays, and small
builders.

Profile versions are those of the pinned snapshot (contracts/fhir/README.md). A builder returns plain JSON
values and leaves out what it was not given, for FHIR has no empty text, list or object. A code that no
table here knows is never turned into a coding: its words go out as text. This module thinks; it does no
input or output.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from ascbridge.own_codes import CARE_DISPLAYS, OWN_SYSTEMS

Json = dict[str, Any]

FHIR_VERSION = "4.0.1"

# -- identifier systems (standards.md d.3) -------------------------------------------------------------------
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_ORGANIZATION = "https://fhir.nhs.uk/Id/ods-organization-code"
ODS_SITE = "https://fhir.nhs.uk/Id/ods-site-code"

# -- profiles: UK Core as pinned -----------------------------------------------------------------------------
STRUCTURES = "https://fhir.hl7.org.uk/StructureDefinition/"
PROFILE_VERSIONS = {
    "CarePlan": "2.2.0",
    "CareTeam": "2.1.0",
    "Consent": "2.4.0",
    "DocumentReference": "2.2.0",
    "Encounter": "2.5.0",
    "EpisodeOfCare": "2.2.0",
    "Flag": "1.2.0",
    "Location": "2.3.0",
    "MessageHeader": "2.4.0",
    "Organization": "2.5.1",
    "Patient": "2.6.1",
    "Practitioner": "2.4.0",
    "PractitionerRole": "2.4.0",
    "Provenance": "1.2.0",
    "QuestionnaireResponse": "1.2.0",
    "RelatedPerson": "2.5.0",
    "ServiceRequest": "2.5.1",
    "Task": "1.2.0",
}
HL7_STRUCTURES = "http://hl7.org/fhir/StructureDefinition/"
"""Where a type has no profile in UK Core's snapshot (Device, Goal), FHIR's own definition is its profile."""

# -- extensions ----------------------------------------------------------------------------------------------
ADMISSION_METHOD_EXTENSION = STRUCTURES + "Extension-UKCore-AdmissionMethod"
DEATH_NOTIFICATION_EXTENSION = STRUCTURES + "Extension-UKCore-DeathNotificationStatus"
DISCHARGE_METHOD_EXTENSION = STRUCTURES + "Extension-UKCore-DischargeMethod"
ETHNIC_CATEGORY_EXTENSION = STRUCTURES + "Extension-UKCore-EthnicCategory"
VERIFICATION_EXTENSION = STRUCTURES + "Extension-UKCore-NHSNumberVerificationStatus"
OWN_STRUCTURES = "https://fhir.coventry.gov.uk/StructureDefinition/"
DISCHARGE_DATES_EXTENSION = OWN_STRUCTURES + "Extension-Coventry-DischargeDates"

# -- code systems: UK Core, HL7, SNOMED CT, and our own (contracts/fhir/CodeSystem-*.json) -------------------
_UK = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
ADMISSION_METHOD = _UK + "AdmissionMethodEngland"
DEATH_NOTIFICATION = _UK + "DeathNotificationStatus"
DISCHARGE_DESTINATION = _UK + "DischargeDestinationEngland"
DISCHARGE_METHOD = _UK + "DischargeMethodEngland"
ETHNIC_CATEGORY = _UK + "EthnicCategoryEngland"
SOURCE_OF_ADMISSION = _UK + "SourceOfAdmissionEngland"
VERIFICATION = _UK + "NHSNumberVerificationStatusEngland"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
CARER_ROLE = _UK + "AdditionalPersonRelationshipRole"
CONTACT_ROLE = "http://terminology.hl7.org/CodeSystem/v2-0131"
NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
PHYSICAL_TYPE = "http://terminology.hl7.org/CodeSystem/location-physical-type"
SNOMED = "http://snomed.info/sct"
_OWN = OWN_SYSTEMS
OWN_DISCHARGE_METHOD = _OWN + "discharge-method"
OWN_SOURCE_OF_ADMISSION = _OWN + "source-of-admission"
REFERRAL_CATEGORY = _OWN + "referral-category"
TASK_CODE = _OWN + "discharge-task"
TASK_DETAIL = _OWN + "discharge-task-detail"
TASK_STAGE = _OWN + "discharge-task-stage"

_USUAL_HOME = (
    "Usual place of residence unless listed below, for example, a private dwelling whether owner occupied"
    " or owned by"
    " Local Authority, housing association or other landlord. This includes wardened accommodation but"
    " not residential"
    " accommodation where health care is provided. It also includes {} with no fixed abode."
)
_NHS = "NHS other Hospital Provider - "
_OTHER = "Non-NHS (other than Local Authority) run "
_EMERGENCY = "Emergency Admission: "

DISPLAYS: Mapping[str, Mapping[str, str]] = {
    ADMISSION_METHOD: {
        "11": "Elective Admission: Waiting list",
        "12": "Elective Admission: Booked",
        "13": "Elective Admission: Planned",
        "21": _EMERGENCY
        + "Emergency Care Department or dental casualty department of the Health Care Provider",
        "22": _EMERGENCY
        + "General Practitioner: after a request for immediate admission has been made direct to a"
        " Hospital Provider,"
        " i.e. not through a Bed bureau, by a General Practitioner or deputy",
        "23": _EMERGENCY + "Bed bureau",
        "24": _EMERGENCY + "Consultant Clinic, of this or another Health Care Provider",
        "25": _EMERGENCY + "Admission via Mental Health Crisis Resolution Team",
        "2A": _EMERGENCY
        + "Emergency Care Department of another provider where the Patient had not been admitted",
        "2B": _EMERGENCY + "Transfer of an admitted Patient from another Hospital Provider in an emergency",
        "2C": _EMERGENCY + "Baby born at home as intended",
        "2D": _EMERGENCY + "Other emergency admission",
        "28": _EMERGENCY
        + "Other means, examples are: - admitted from the Emergency Care Department of another provider"
        " where they had"
        " not been admitted - transfer of an admitted Patient from another Hospital Provider in an"
        " emergency - baby"
        " born at home as intended",
        "31": "Maternity Admission: Admitted ante partum",
        "32": "Maternity Admission: Admitted post partum",
        "81": "Other Admission: Transfer of any admitted Patient from other Hospital Provider other than"
        " in an"
        " emergency",
        "82": "Other Admission: The birth of a baby in this Health Care Provider",
        "83": "Other Admission: Baby born outside the Health Care Provider except when born at home as"
        " intended",
        "98": "Not applicable",
        "99": "Admission Method not known",
    },
    DEATH_NOTIFICATION: {
        "1": "Informal - death notice received via an update from a local NHS Organisation such as GP or"
        " Trust",
        "2": "Formal - death notice received from Registrar of Deaths",
        "U": "Removed",
    },
    DISCHARGE_DESTINATION: {
        "19": _USUAL_HOME.format("patients"),
        "29": "Temporary place of residence when usually resident elsewhere (includes hotel, residential"
        " Educational"
        " Establishment)",
        "30": "Repatriation from high security psychiatric accommodation in an NHS Hospital Provider (NHS"
        " Trust or NHS"
        " Foundation Trust)",
        "37": "Court",
        "38": "Penal establishment or police station",
        "48": "High Security Psychiatric Hospital, Scotland",
        "49": _NHS + "high security psychiatric accommodation",
        "50": _NHS + "medium secure unit",
        "51": _NHS + "Ward for general patients or the younger physically disabled",
        "52": _NHS + "Ward for maternity patients or Neonates",
        "53": _NHS + "Ward for patients who are mentally ill or have Learning Disabilities",
        "54": "NHS run Care Home",
        "65": "Local Authority residential accommodation i.e. where care is provided",
        "66": "Local Authority foster care",
        "79": "Not applicable - Patient died or stillbirth",
        "84": "Non-NHS run hospital - medium secure unit",
        "85": _OTHER + "Care Home",
        "87": "Non-NHS run hospital",
        "88": _OTHER + "Hospice",
        "98": "Not applicable - Hospital Provider Spell not finished at episode end (i.e. not discharged)"
        " or current"
        " episode unfinished",
        "99": "Not known",
    },
    DISCHARGE_METHOD: {
        "1": "Patient discharged on clinical advice or with clinical consent",
        "3": "Patient discharged by mental health review tribunal, Home Secretary or Court",
        "4": "Patient died",
        "5": "Stillbirth",
        "6": "Patient discharged him/herself",
        "7": "Patient discharged by a relative or advocate",
        "8": "Not applicable (Hospital Provider Spell not finished at episode end (i.e. not discharged)"
        " or current"
        " episode unfinished)",
        "9": "Method of discharge  not known",
    },
    ETHNIC_CATEGORY: {
        "A": "White - British",
        "B": "White - Irish",
        "C": "White - Any other White background",
        "D": "Mixed - White and Black Caribbean",
        "E": "Mixed - White and Black African",
        "F": "Mixed - White and Asian",
        "G": "Mixed - Any other mixed background",
        "H": "Asian or Asian British - Indian",
        "J": "Asian or Asian British - Pakistani",
        "K": "Asian or Asian British - Bangladeshi",
        "L": "Asian or Asian British - Any other Asian background",
        "M": "Black or Black British - Caribbean",
        "N": "Black or Black British - African",
        "P": "Black or Black British - Any other Black background",
        "R": "Other Ethnic Groups - Chinese",
        "S": "Other Ethnic Groups - Any other ethnic group",
        "Z": "Not stated",
        "99": "Not known",
    },
    SOURCE_OF_ADMISSION: {
        "19": _USUAL_HOME.format("Patients"),
        "29": "Temporary place of residence when usually resident elsewhere (e.g. hotels, residential"
        " Educational"
        " Establishments)",
        "39": "Penal establishment, Court, or Police Station / Police Custody Suite",
        "49": _NHS + "high security psychiatric accommodation in an NHS Hospital Provider (NHS Trust or NHS"
        " Foundation Trust)",
        "51": _NHS
        + "Ward for general Patients or the younger physically disabled or Emergency Care Department",
        "52": _NHS + "Ward for maternity Patients or Neonates",
        "53": _NHS + "Ward for Patients who are mentally ill or have Learning Disabilities",
        "54": "NHS run Care Home",
        "65": "Local Authority residential accommodation i.e. where care is provided",
        "66": "Local Authority foster care",
        "79": "Babies born in or on the way to hospital",
        "85": _OTHER + "Care Home",
        "87": "Non NHS run hospital",
        "88": _OTHER + "Hospice",
        "98": "Not applicable",
        "99": "Source of admission not known",
    },
    VERIFICATION: {
        "01": "Number present and verified",
        "02": "Number present but not traced",
        "03": "Trace required",
        "04": "Trace attempted - No match or multiple match found",
        "05": "Trace needs to be resolved - (NHS number or patient detail conflict)",
        "06": "Trace in progress",
        "07": "Number not present and trace not required",
        "08": "Trace postponed (baby under six weeks old)",
    },
    ACT_CODE: {
        "AMB": "ambulatory",
        "EMER": "emergency",
        "INFA": "information access",
        "IMP": "inpatient encounter",
        "PRENC": "pre-admission",
    },
    CARER_ROLE: {
        "Agent": "Agent of patient",
        "Guardian": "Guardian of patient",
        "Personal": "Personal relationship with the patient",
        "PolygamousPartner": "Polygamous Partner of patient",
        "Dependant": "Dependant of patient",
        "NonDependant": "Non Dependant of patient",
        "ProxyContact": "Proxy Contact for patient",
        "ProxyCommunication": "Proxy Communication for patient",
        "ProxyContactCommunication": "Proxy Contact and Communication for patient",
        "Carer": "Carer of patient",
        "NotSpecified": "Not Specified",
    },
    CONFIDENTIALITY: {"R": "restricted"},
    CONSENT_SCOPE: {"patient-privacy": "Privacy Consent"},
    CONTACT_ROLE: {"N": "Next-of-Kin"},
    NULL_FLAVOR: {"UNK": "unknown"},
    PHYSICAL_TYPE: {"wa": "Ward"},
    SNOMED: {"715591000000108": "Hospital Discharge Notification to Social Care"},
    # What UK Core's England systems lack and the NHS Data Dictionary has (standards.md d.4): kept in our
    # own words.
    OWN_DISCHARGE_METHOD: {"2": "Patient discharged him/herself or was discharged by a relative or advocate"},
    OWN_SOURCE_OF_ADMISSION: {
        "40": "Penal establishment",
        "41": "Court",
        "42": "Police Station / Police Custody Suite",
    },
    REFERRAL_CATEGORY: {"adult-social-care": "Adult social care referral"},
    TASK_CODE: {"d2a": "Discharge to Assess"},
    TASK_DETAIL: {
        "estimated-discharge-date": "Estimated discharge date",
        "planned-discharge-date": "Planned discharge date",
        "ready-date": "Date ready for discharge",
        "actual-discharge": "Actual discharge",
        "outcome": "Outcome",
        "pathway": "Discharge pathway",
        "setting": "Setting after hospital",
        "responsible-council": "Council to which the task is handed over",
        "information-present": "Information that goes with the person: there",
        "information-waived": "Information that goes with the person: waived",
        "information-missing": "Information that goes with the person: missing",
        "receipt-asked": "Receipt of the information asked for",
        "receipt-given": "Receipt of the information given",
    },
    TASK_STAGE: {
        "new": "New",
        "accepted": "Accepted",
        "triaged": "Triaged",
        "pathway-proposed": "Pathway proposed",
        "pathway-confirmed": "Pathway confirmed",
        "needs-captured": "Needs captured",
        "sourcing": "Package or bed is sought",
        "arranged": "Support arranged",
        "discharged": "Left hospital",
        "first-visit": "First visit done",
        "in-recovery": "In recovery",
        "assessment-due": "Long-term assessment due",
        "done": "Done",
        "dropped": "Dropped by the team",
        "rejected": "Given back to the hospital",
        "claimed": "Claimed",
        "arranging": "Arranging support",
    },
    **CARE_DISPLAYS,
}
"""The display of every code that may go out, by code system; also what says whether a code is known."""

_FIT_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9\-.]{1,64}")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?=T|\s|$)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def words(text: str) -> str:
    """Return text as FHIR's string type wants it: printable, trimmed, runs of white space as one blank."""
    if not text.isprintable():
        text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(text.split())


def fhir_id(text: str) -> str:
    """Return a key of ours as a resource id, which needs a letter; an unfit key becomes its hash."""
    if _FIT_ID.fullmatch(text):
        return text
    return "h" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def partial_date(text: str) -> str:
    """Return the date (to the year, month or day) that ISO text begins with; empty where it is none."""
    found = _DATE.match(text)
    if found is None:
        return ""
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        date(year, month, day)
    except ValueError:
        return ""
    return found.group(0)


def instant(ms: int) -> str:
    """Return a UTC epoch millisecond as a FHIR dateTime in UTC, to the second."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(tzinfo=None).isoformat() + "Z"


def filled(**elements: Any) -> Json:
    """Return the elements that have a value, for FHIR has no null and nothing empty; False is a value."""
    return {name: value for name, value in elements.items() if value or value is False}


def meta(resource_type: str, *, source: str = "", restricted: bool = False) -> Json:
    """Return the meta element: the pinned profile, the correlation id as source, and R where restricted."""
    security = [coding(CONFIDENTIALITY, "R")] if restricted else []
    return filled(source=_source_uri(source), profile=[profile_of(resource_type)], security=security)


def profile_of(resource_type: str) -> str:
    """Return the pinned profile of a type: UK Core's, else FHIR's own, whose version is that of FHIR."""
    version = PROFILE_VERSIONS.get(resource_type)
    ours = f"{STRUCTURES}UKCore-{resource_type}|{version}"
    return ours if version else HL7_STRUCTURES + resource_type


def _source_uri(correlation_id: str) -> str:
    if _UUID.fullmatch(correlation_id):
        return f"urn:uuid:{correlation_id.lower()}"
    return f"urn:ascbridge:message:{fhir_id(correlation_id)}" if correlation_id else ""


def coding(system: str, code: str) -> Json:
    """Return the coding of a known code. Raises `KeyError` for a code that no table here has."""
    return {"system": system, "code": code, "display": DISPLAYS[system][code]}


def concept(systems: Iterable[str], code: str | None, text: str) -> Json:
    """Return a code as a concept in the first system that knows it; where none does, its words alone.

    A code of a system of our own brings its words too, for readers who do not have that system.
    """
    for system in systems:
        if code is not None and code in DISPLAYS[system]:
            own = {"text": DISPLAYS[system][code]} if system.startswith(_OWN) else {}
            return {"coding": [coding(system, code)], **own}
    return filled(text=words(text))


def identifier(system: str, value: str, *, use: str = "", assigner: str = "") -> Json:
    """Return an identifier; `assigner` is the ODS code of who gave it."""
    by = {"identifier": {"system": ODS_ORGANIZATION, "value": words(assigner)}} if words(assigner) else {}
    return filled(use=use, system=system, value=words(value), assigner=by)


def reference(resource_type: str, resource_id: str, display: str = "") -> Json:
    """Return a literal reference to a resource of ours."""
    return filled(reference=f"{resource_type}/{resource_id}", display=words(display))


def extension(url: str, **value: Any) -> Json:
    """Return a simple extension, for example ``extension(url, valueDate="2026-11-20")``."""
    return {"url": url, **value}
