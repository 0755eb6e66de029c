"""A feed profile: everything about one feed that its own people must sign off, as data.

Where the NHS number stands, which visit number is the stay's, what a discharge code means: all of it differs from
hospital to hospital and none of it may be guessed. A profile that nobody signed, or whose text changed since, runs in
shadow: events and evidence, no task, nothing published. This module thinks; `intake.profiles` reads the files.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

CODE_LISTS = (
    "discharge_method",
    "discharge_destination",
    "admission_method",
    "admission_source",
    "patient_class",
    "gender",
    "death",
    "ready",
    "ethnic_category",
    "number_status",
    "council",
)
_SIGNATURE = re.compile(r"^\[signed_off\]\s*$", re.MULTILINE)
_PLACE = re.compile(r"[A-Z][A-Z0-9]{2}-[1-9]\d{0,2}(\[\d{1,2}\])?(\.\d{1,2})?(\.\d{1,2})?", re.ASCII)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FeedSection(_Section):
    """What feed this is. `facilities` are the ODS codes that are ours: a site code that begins with one is too.

    `history`: what it brings is of the past (docs/decisions/0033). It yields to every other feed, and opens no work
    before all of it is here.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    source: Literal["hospital_adt", "council_facts", "desk_entries"]
    source_name: str
    authority: str
    authorities: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    late_after_minutes: int = Field(120, ge=1)
    history: bool = False


class SignedOff(_Section):
    """Who checked this profile against the real feed, when, and the SHA-256 of the text that they checked."""

    by: str = Field(min_length=3)
    on: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class AcknowledgmentSection(_Section):
    """How to answer (HL7 v2.4 section 2.9). `temporary` is what a fault of ours sends: AR 207, or no answer."""

    mode: Literal["original", "enhanced", "auto"] = "auto"
    temporary: Literal["reject", "close"] = "reject"
    unsupported_trigger: Literal["accept", "reject"] = "accept"
    our_application: str = "ASCBRIDGE"
    our_facility: str = "COVASC"


class MeaningSection(_Section):
    """How to read what every feed says differently.

    `segment_end`: whether segments must end in CR, as HL7 v2.4 section 2.7 says, or may end in LF too.
    `nulls`: whether ``""`` deletes (`itk`) or means nothing (`ignore`, as Cerner feeds fill every empty field with it).
    """

    nulls: Literal["itk", "ignore"] = "itk"
    segment_end: Literal["cr", "any"] = "any"
    trust_sequence: bool = False
    max_hours_ahead: float = Field(24, gt=0)


class WhereSection(_Section):
    """HL7 v2 places, first that holds something wins, such as ``PV1-19.1``. Empty: this feed does not say it."""

    nhs_number: tuple[str, ...] = ("PID-19.1",)
    nhs_authority: str = "NHS"
    number_status: tuple[str, ...] = ("PID-32[6]",)
    visit_number: tuple[str, ...] = ("PV1-19.1",)
    visit_authority: tuple[str, ...] = ("PV1-19.4",)
    facility: tuple[str, ...] = ("PV1-3.4",)
    ready: tuple[str, ...] = ("ZU1-22",)
    ready_on: tuple[str, ...] = ("ZU1-24",)
    expected_discharge: tuple[str, ...] = ("PV2-9",)
    restriction: tuple[str, ...] = ("ZU8-4",)
    council: tuple[str, ...] = ()
    admission_method: tuple[str, ...] = ("PV1-4",)
    admission_source: tuple[str, ...] = ("PV1-14",)
    discharge_method: tuple[str, ...] = ("PV1-36",)
    discharge_destination: tuple[str, ...] = ("PV1-37",)

    @field_validator("*")
    @classmethod
    def _places(cls, value: object) -> object:
        for place in value if isinstance(value, tuple) else ():
            if not _PLACE.fullmatch(place):
                raise ValueError(f"{place!r} is not an HL7 place such as PV1-19.1 or PID-32[6]")
        return value


Encoding = Literal["utf-8", "windows-1252", "iso-8859-1", "utf-16"]


class Column(_Section):
    """Where a column of a CSV file or a database, or a member of an object, goes: ``person.council_id``.

    Of a list whose entries are told apart by a member it is one entry's:
    ``self_assessment.answers[domain=hygiene].level``. `date` is how the column writes days (strptime), and `zone` whose
    clock it goes by where it writes hours too; `values` says what its codes mean; one that is not listed refuses the
    row; `split` parts a text that holds several. An empty cell says nothing.
    """

    to: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+(\[[a-z_]+=[a-z-]+\]\.[a-z_]+)?)?$")
    date: str = ""
    zone: Literal["Europe/London", "UTC"] = "Europe/London"
    values: dict[str, str | bool] = {}
    split: str = ""


class CsvSection(_Section):
    """What the rows of some CSV files state. `files` is how their names look, such as ``packages*.csv``.

    `columns` are needed in each file, by the names in its first line; what else it has is left alone, and told.
    """

    files: str = Field(min_length=1)
    fact: str = Field(min_length=1)
    delimiter: str = Field(",", min_length=1, max_length=1)
    columns: dict[str, Column]


class ObjectSection(_Section):
    """What JSON objects of the sender's own making state: those whose members say `when`: ``{type = "Service"}``.

    `members` says where each goes, by its path in the object, such as ``client.ref``; what else it has is left alone.
    """

    when: dict[str, str]
    fact: str = Field(min_length=1)
    members: dict[str, Column]


class FilesSection(_Section):
    """How a sender writes files. A mark at a file's beginning (BOM) wins over `encoding`.

    `manifest`: whether each file must come with ``NAME.sha256``, and is not whole before; where one comes it is always
    held to. `settle_seconds`: a sender that cannot rename a file when it is whole leaves it alone for so long.
    """

    encoding: Encoding = "utf-8"
    manifest: Literal["required", "if-there"] = "if-there"
    settle_seconds: float = Field(0, ge=0, le=86_400)
    csv: tuple[CsvSection, ...] = ()


class ChangeSection(_Section):
    """How a table tells which of its rows changed (docs/decisions/0023).

    `time`: when each row was last written, by the database's clock; rows may show up to `overlap_minutes` late, and
    `zone` is the clock of times that name none. `transaction`: the one that wrote it, an ``xid8`` of PostgreSQL.
    `xmin`: the same from its hidden column, of a table or of a view that shows it. `row-version`: a ``rowversion`` of
    SQL Server.
    """

    kind: Literal["time", "transaction", "xmin", "row-version"]
    column: str = Field(min_length=1)
    overlap_minutes: float = Field(15, ge=0, le=10_080)
    zone: Literal["Europe/London", "UTC"] = "Europe/London"


class TableSection(_Section):
    """What the rows of one table or view state. `key` are the columns by which a row is told from every other.

    Without `change` only sweeps find what changed. `recorded`: when a row was written down, as one of its columns says,
    or not before we read it.
    """

    table: str = Field(pattern=r"^[^.\s]+(\.[^.\s]+)?$")
    fact: str = Field(min_length=1)
    key: tuple[str, ...] = Field(min_length=1)
    change: ChangeSection | None = None
    recorded: Literal["column", "when-read"] = "column"
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _recorded_once(self) -> Self:
        said = sum(column.to == "recorded" for column in self.columns.values())
        if said != (self.recorded == "column"):
            raise ValueError('one column goes to "recorded", or recorded = "when-read" and none does')
        return self


class DatabaseSection(_Section):
    """What is read from the sender's own database, table by table."""

    tables: tuple[TableSection, ...] = ()

    @field_validator("tables")
    @classmethod
    def _each_once(cls, value: tuple[TableSection, ...]) -> tuple[TableSection, ...]:
        names = [one.table for one in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"tables stand twice: {', '.join(twice)}")
        return value


class Profile(_Section):
    """One feed, signed off or not. `codes` maps what the feed sends to NHS Data Dictionary codes, list by list.

    A council's system that posts, or writes by the line, objects of its own making says in `objects` what they hold.
    """

    feed: FeedSection
    acknowledgment: AcknowledgmentSection = AcknowledgmentSection()
    meaning: MeaningSection = MeaningSection()
    where: WhereSection = WhereSection()
    codes: dict[str, dict[str, str]] = {}
    files: FilesSection = FilesSection()
    objects: tuple[ObjectSection, ...] = ()
    database: DatabaseSection = DatabaseSection()
    not_known: tuple[str, ...] = ()
    signed_off: SignedOff | None = None
    text_sha256: str = ""

    @field_validator("codes")
    @classmethod
    def _known_lists(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for name in value:
            if name not in CODE_LISTS:
                raise ValueError(f"there is no code list {name!r}; there are {', '.join(CODE_LISTS)}")
        return value

    @property
    def shadow(self) -> bool:
        """Whether it runs in shadow, because nobody signed exactly this text."""
        return self.signed_off is None or self.signed_off.sha256 != self.text_sha256

    def ours(self, facility: str) -> bool:
        """Whether a facility's or authority's code is one of ours."""
        return any(facility.startswith(mine) for mine in self.feed.facilities)

    def code(self, name: str, sent: str) -> str | None:
        """Return what `sent` means on this feed, or None where nobody has said."""
        return self.codes.get(name, {}).get(sent)


def text_hash(text: str) -> str:
    """Return the SHA-256 of a profile's own text: all that stands before its signature, line ends as LF."""
    body = _SIGNATURE.split(text.replace("\r\n", "\n"), maxsplit=1)[0]
    return hashlib.sha256(body.rstrip().encode()).hexdigest()
