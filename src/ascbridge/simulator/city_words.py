"""What the invented city calls things: names of people and streets. No register was used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Community:
    """Names that go together, the ethnic categories (NHS Data Dictionary) that use them, and their share."""

    share: int
    ethnic: str
    families: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMMUNITIES = (
    Community(
        58,
        "AAAAAAAAAB",
        _words(
            "Adams Bailey Barker Bennett Carter Chapman Clarke Collins Cooper Davies Dixon Ellis Fletcher "
            "Foster Gibson Graham Hall Harrison Hughes Jackson Kelly Knight Lawson Marshall Mason Mitchell "
            "Murphy Palmer Parker Powell Reynolds Richards Shaw Simpson Stevens Taylor Turner Walker Watson "
            "Webb White Wright"
        ),
        _words(
            "Doreen Iris Joan Margaret Beryl Sheila Maureen Patricia Brenda Jean Audrey Eileen Pauline "
            "Linda Susan Christine Carol Janet Gillian Karen Donna Emma"
        ),
        _words(
            "Ronald Desmond Kenneth Dennis Raymond Gordon Derek Brian Alan Trevor Keith Roger Malcolm "
            "Graham Stephen Colin Nigel Barry Ian Neil Gareth Lee"
        ),
    ),
    Community(
        14,
        "HHHJJK",
        _words(
            "Ahmed Akhtar Ali Bains Begum Bhatti Chauhan Dhillon Gill Hussain Khan Kaur Mahmood Patel "
            "Rahman Sandhu Sharma Sidhu Singh Virdi"
        ),
        _words(
            "Gurpreet Harbans Kulwinder Manjit Nasreen Parveen Rashida Sarla Shakuntala Surjit Zubaida Meena"
        ),
        _words("Amarjit Bashir Balbir Darshan Farooq Gurdev Iqbal Jagdish Mohinder Rafiq Santokh Yusuf"),
    ),
    Community(
        10,
        "CCCCC",
        _words(
            "Dąbrowski Ionescu Jankowska Kowalczyk Kowalski Lewandowski Nowak Popescu Wiśniewska Zieliński"
        ),
        _words("Danuta Elżbieta Halina Jadwiga Krystyna Maria Teresa Zofia Ioana Elena"),
        _words("Andrzej Bogdan Czesław Henryk Jerzy Kazimierz Tadeusz Władysław Ion Vasile"),
    ),
    Community(
        10,
        "MMNNPD",
        _words(
            "Adeyemi Asante Brown Campbell Eze Francis Grant Mensah Morgan Okafor Osei Samuels Thompson "
            "Williams"
        ),
        _words("Beverley Blossom Cynthia Grace Hyacinth Joyce Merlene Ngozi Patience Abena"),
        _words("Carlton Clive Delroy Emeka Errol Kwame Leroy Neville Samuel Winston"),
    ),
    Community(
        8,
        "RSLGFEZ",
        _words("Chan D'Souza Farhadi Haile Lam Lau Nguyen O'Neill-Wong Tesfaye Yilmaz"),
        _words("Mei Amal Leyla Rosa Saba Yuet Hana Tigist"),
        _words("Wai Hamid Carlos Hassan Minh Yonas Emre Daniel"),
    ),
)
"""The people of the city, by share. Names are common ones, put together by chance: nobody is meant."""

STREETS = _words(
    "Anvil Bellfounder Bobbin Cartwheel Clockmaker Draper Foundry Gosling Handloom Kiln Lantern Loom "
    "Millrace Pinwheel Quarter Ribbon Saddler Shuttle Spindle Threadneedle Tollgate Weaver Wheelwright "
    "Woolpack"
)
STREET_KINDS = ("Avenue", "Close", "Court", "Lane", "Road", "Street", "Way")
PRACTICES = tuple(
    (f"Y9{number:04d}", f"{name} Medical Practice", f"G99{number:05d}", f"GP{family.upper()}")
    for number, (name, family) in enumerate(
        (
            ("Ribbon Lane", "Alder"),
            ("Weaver Court", "Birch"),
            ("Kiln Street", "Cedar"),
            ("Spindle Way", "Damson"),
            ("Loom Road", "Elder"),
            ("Lantern Close", "Fig"),
            ("Woolpack", "Gorse"),
            ("Tollgate", "Hawthorn"),
        ),
        11,
    )
)
"""General practices: code, name, a doctor's code and family name; all invented."""

LANGUAGES = {"H": "pa", "J": "ur", "K": "bn", "C": "pl", "R": "zh"}
"""A language that somebody of an ethnic category may prefer (ISO 639-1)."""
