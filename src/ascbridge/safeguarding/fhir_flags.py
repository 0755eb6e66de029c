"""A concern in FHIR R4: Flags about safeguarding, and a ServiceRequest whose reason is one. It thinks only.

No national model of an adult concern exists, so what is read is what flags of several of them have alike: the code, the
category (SG of booking and referral, SGC of Interweave), the reason R-SI, whom it is about, who says so. A resource
or a Bundle with anything attached is refused: what a document says belongs into words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from ascbridge.events.facts.concerns import AbuseType
from ascbridge.people.telling_words import NOTHING_FOUND, SNOMED, says
from ascbridge.safeguarding.concern_words import (
    LONGEST_ACCOUNT,
    LONGEST_LINE,
    AdultSaid,
    ConcernSaid,
    SenderSaid,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_RESOURCES = 200
_ATTACHED = frozenset({"Binary", "DocumentReference", "Media"})
_CATEGORIES = frozenset({"SG", "SGC"})
_REASON = "R-SI"
_NHS = "https://fhir.nhs.uk/Id/nhs-number"


class NoConcern(ValueError):
    """What was sent is no concern; the text says why and quotes nothing of it."""


def concern_in(sent: dict[str, Any], origin: str) -> ConcernSaid:
    """Return the one concern that a resource or Bundle raises. Raises `NoConcern`."""
    resources = list(_resources(sent))
    if any(one.get("resourceType") in _ATTACHED or _attached(one) for one in resources):
        raise NoConcern("Attachments are not taken: say in words what they show, and who has them")
    raising = [one for one in resources if _raises(one)]
    if not raising:
        raise NoConcern("There is no active flag about safeguarding in it")
    subjects = [_subject(one, resources) for one in raising]
    if any(one != subjects[0] for one in subjects):
        raise NoConcern("It is about several people: send one concern for each")
    abuse = {SNOMED[code].abuse for one in raising for code, _ in _codes(one) if code in SNOMED}
    lines = dict.fromkeys(line for one in raising for line in _lines(one))
    try:
        return ConcernSaid(
            origin=origin[:LONGEST_LINE],
            place="hospital" if any("encounter" in one for one in raising) else "community",
            abuse_types=tuple(one for one in get_args(AbuseType) if one in abuse),
            account="\n".join(lines)[:LONGEST_ACCOUNT],
            adult=_adult(subjects[0]),
            raised_by=SenderSaid(name=_author(raising[0])[:LONGEST_LINE], role="FHIR"),
        )
    except ValidationError:
        raise NoConcern("Something in it is longer than it may be, or of another kind") from None


def _resources(sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every resource that was sent: itself, the entries of a Bundle, and what each contains."""
    entries = sent.get("entry") if sent.get("resourceType") == "Bundle" else [{"resource": sent}]
    for entry in (entries if isinstance(entries, list) else [])[:MOST_RESOURCES]:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield resource
            yield from (one for one in _list(resource, "contained") if isinstance(one, dict))


def _raises(resource: dict[str, Any]) -> bool:
    kind, codes = resource.get("resourceType"), list(_codes(resource))
    if kind == "Flag":
        about = any(
            code in _CATEGORIES for one in _list(resource, "category") for code, _ in _coded(one)
        ) or any(code in SNOMED or says(text) for code, text in codes)
        return resource.get("status") == "active" and about and {code for code, _ in codes} != {NOTHING_FOUND}
    if kind == "ServiceRequest":
        known = any(code == _REASON or (code in SNOMED and code != NOTHING_FOUND) for code, _ in codes)
        return resource.get("status") in {"active", "draft", "on-hold"} and known
    return False


def _codes(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The codes by which a resource says what it is about, each with its words."""
    if resource.get("resourceType") == "Flag":
        yield from _coded(resource.get("code"))
    else:
        for name in ("reasonCode", "category"):
            for one in _list(resource, name):
                yield from _coded(one)
        yield from _coded(resource.get("code"))


def _coded(concept: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(concept, dict):
        return
    for one in _list(concept, "coding"):
        if isinstance(one, dict):
            yield _text(one, "code"), _text(one, "display")
    if text := _text(concept, "text"):
        yield "", text


def _lines(resource: dict[str, Any]) -> Iterator[str]:
    """What a resource says, in words: each code with its own, its text, and its notes."""
    for code, text in _codes(resource):
        words = text or (SNOMED[code].words if code in SNOMED else "")
        yield " ".join(filter(None, (words, f"({code})" if code else "")))
    for one in _list(resource, "note"):
        if isinstance(one, dict) and (said := _text(one, "text")):
            yield said
    for one in _list(resource, "extension"):
        if isinstance(one, dict) and (said := _text(one, "valueString")):
            yield said


def _subject(resource: dict[str, Any], resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The patient whom it is about: sent with it, or as far as the reference to them says."""
    subject = resource.get("subject")
    if not isinstance(subject, dict):
        return {}
    end = _text(subject, "reference").rpartition(":")[2].rpartition("/")[2].removeprefix("#")
    for one in resources:
        if one.get("resourceType") == "Patient" and end and one.get("id") == end:
            return one
    patients = [one for one in resources if one.get("resourceType") == "Patient"]
    if len(patients) == 1:
        return patients[0]
    return {"identifier": [subject.get("identifier")], "name": [{"text": _text(subject, "display")}]}


def _adult(patient: dict[str, Any]) -> AdultSaid:
    numbers = (one for one in _list(patient, "identifier") if isinstance(one, dict))
    number = next((_text(one, "value") for one in numbers if one.get("system") == _NHS), "")
    name = next((one for one in _list(patient, "name") if isinstance(one, dict)), {})
    given = " ".join(one for one in _list(name, "given") if isinstance(one, str))
    return AdultSaid(
        family_name=_text(name, "family") or _text(name, "text"), given_names=given,
        birth_date=_text(patient, "birthDate"), nhs_number=number,
    )  # fmt: skip


def _author(resource: dict[str, Any]) -> str:
    for name in ("author", "requester"):
        found = resource.get(name)
        if isinstance(found, dict) and (said := _text(found, "display")):
            return said
    return ""


def _attached(value: Any) -> bool:
    """Whether an Attachment stands anywhere in it."""
    if isinstance(value, list):
        return any(map(_attached, value))
    if not isinstance(value, dict):
        return False
    held = (
        "valueAttachment" in value
        or "valueBase64Binary" in value
        or ("contentType" in value and "data" in value)
    )
    return held or any(map(_attached, value.values()))


def _list(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
