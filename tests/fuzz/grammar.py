"""What is thrown at the intake: messages by a grammar that knows where readers go wrong, and samples with bytes broken.

Each strategy gives the bytes of one thing: a stream for the framer, a payload for the parser and the sources.
"""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import strategies as st

from ascbridge.intake.hl7v2.mllp import frame

SAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "samples"
CHARSETS = ("", "ASCII", "UNICODE", "UNICODE UTF-8", *(f"8859/{part}" for part in range(1, 10)), "EBCDIC")
CODECS = ("utf-8", "iso8859-1", "cp1252", "utf-16-le", "iso8859-8")
TRIGGERS = (
    *(f"A{number:02d}" for number in (*range(1, 18), 21, 22, 23, 25, 26, 27, 28, 29, 31, 34, 35)),
    *("A38", "A40", "A44", "A45", "A47", "A52", "A53", "A60", "Z99", "", "a01"),
)
TIMES = (
    *("202610051000", "20261005", "2026", "202610250130", "202603290130", "20261005100000.1234+0100", "2026100510-1400"),
    *("00010101000000", "00010101000000+1400", "99991231235959", "99991231235959-1400", "18000101120000", "20260230"),
    *("202613010000", "2026-10-05", "today", "\u0662\u0660\u0662\u0666", "0000", "20261005100000+9999", "9" * 5000),
)  # fmt: skip
ODD = (
    *("", '""', '""^""', " ", "\\", "\\\\", "\\X00\\", "\\XFF\\", "\\X0D\\", "\\F\\", "\\.br\\", "\\X1C0D\\", "^", "~~~", "&"),
    *("\x00", "\x0b", "\x1c", "\n", "\r", "\r\n", "\u2028", "\ufeff", "\u00b2", "\u0969", "\ud7ff", "O\u2019Neil", "\u0141ukasz"),
    *("9" * 19, "9" * 5000, "-1", "x" * 5000, "^" * 2000, "~" * 2000, "\\" * 2001, "1e9", "NaN", "<b>", "' OR 1=1"),
)  # fmt: skip
USUAL = {
    "PID-3": ("9993000019^^^NHS~L100^^^RKB^MRN", "L100^^^RKB", "^^^NHS~U1^^^X26", "9993000018^^^NHS^NH"),
    "PID-5": ("MARLOWE^ADA^JOY^^MRS^^L",),
    "PID-30": ("Y", "N", '""'),
    "PID-32": ("~~~~~NSTS01", "~~~~~NSTS99"),
    "PV1-2": ("I", "O", "E", "Inpatient"),
    "PV1-3": ("W21^BAY B^BED 4^RKB01", "W21^^^RWP01"),
    "PV1-19": ("V100^^^RKB^VISITID", "V101", "V100^^^RWP"),
    "PV1-36": ("1", "4", "X"),
    "PV1-37": ("19", "79", "54"),
    "MRG-1": ("L200^^^RKB^MRN", "L100^^^RKB"),
    "MRG-5": ("V200^^^RKB",),
    "ZU1-22": ("Y", "N", "maybe"),
    "ZU8-4": ("0", "1", "2"),
}  # fmt: skip
_TIME_FIELDS = ("EVN-2", "EVN-6", "PID-7", "PID-29", "PV1-44", "PV1-45", "PV2-8", "PV2-9", "ZU1-24")
_WIDTH = {
    "EVN": 6,
    "PID": 32,
    "PD1": 4,
    "NK1": 5,
    "PV1": 45,
    "PV2": 9,
    "MRG": 5,
    "ZU1": 24,
    "ZU8": 4,
    "NTE": 3,
}
_SHAPES = (
    *(("EVN", "PID", "PV1"),) * 3, ("EVN", "PID", "PD1", "NK1", "PV1", "PV2", "ZU1", "ZU8"), ("EVN", "PID"),
    ("EVN", "PID", "MRG"), ("EVN", "PID", "MRG", "PID", "MRG"), ("EVN", "PID", "PV1", "PID", "PV1"), ("PID",), (),
    ("EVN", "PID", "MRG", "PV1"), ("EVN", "PV1"), ("NTE",),
)  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """One ADT message of the grammar: mostly right, with a few fields that are not."""
    rng = random.Random(draw(st.integers(0, 2**40)))
    separators = (
        "|^~\\&"
        if rng.random() < 0.85
        else rng.choice(("!^~\\&", "|^~\\&#", "|.:;,", "||||", "A^~\\&", "|^~", "$%*@/"))
    )
    charset = rng.choice(CHARSETS)
    trigger = rng.choice(TRIGGERS)
    header = {
        3: "PAS", 4: "RKB", 5: "ROUTE", 6: "RKB", 7: rng.choice(TIMES), 9: f"ADT^{trigger}",
        10: f"F{rng.randrange(400)}", 11: "P", 12: "2.4", 13: str(rng.randrange(99)),
        15: rng.choice(("", "", "AL", "NE", "ER", "SU", "??")), 18: charset,
    }  # fmt: skip
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        header[rng.choice((3, 4, 7, 9, 10, 12, 13, 15, 18))] = rng.choice(
            (*ODD, "ACK", "ORU^R01", "ADT", *TIMES)
        )
    lines = ["MSH" + "|".join(["", "^~\\&", *(header.get(number, "") for number in range(3, 22))])]
    lines += [_segment(name, rng) for name in rng.choice(_SHAPES)]
    for _ in range(rng.choice((0, 0, 0, 1))):
        lines.insert(
            rng.randrange(len(lines) + 1),
            rng.choice(("MSH|^~\\&|A", "FHS|", "zz", "", " ", "Z?1|x", "BTS|9")),
        )
    end = "\r" if rng.random() < 0.8 else rng.choice(("\n", "\r\n", "\r\r", " \r", ""))
    text = "".join(line + end for line in lines)
    if separators != "|^~\\&":
        text = text.translate({ord(old): new for old, new in zip("|^~\\&", separators, strict=False)})
    codec = rng.choice(CODECS[:3] if rng.random() < 0.97 else CODECS)
    raw = rng.choice((b"", b"", b"", b"\xef\xbb\xbf", b"\r\n")) + text.encode(codec, "replace")
    return mutated(raw, rng) if rng.random() < 0.2 else raw


def _segment(name: str, rng: random.Random) -> str:
    fields = [""] * _WIDTH[name]
    for place, choices in USUAL.items():
        if place.startswith(name) and rng.random() < 0.8:
            fields[int(place[4:]) - 1] = rng.choice(choices)
    for place in _TIME_FIELDS:
        if place.startswith(name):
            fields[int(place[4:]) - 1] = rng.choice(TIMES[:7] if rng.random() < 0.7 else (*TIMES, *ODD))
    for _ in range(rng.choice((0, 0, 1, 2))):
        fields[rng.randrange(len(fields))] = rng.choice((*ODD, *TIMES))
    return "|".join((name, *fields))


def samples(ending: str) -> list[bytes]:
    """Every payload of the samples with this ending: the messages that a file holds apart, one after the other."""
    found = []
    for path in sorted(SAMPLES.glob(f"*/*.{ending}")):
        raw = path.read_bytes()
        found += [b"MSH" + one for one in raw.split(b"MSH")[1:]] if ending == "hl7" else raw.splitlines()
    return found


HL7 = samples("hl7")
COUNCIL = samples("jsonl")
_TOKENS = (
    *(one.encode("utf-8", "replace") for one in (*ODD, *TIMES)),
    *(b"\x1c\r", b"\x0bMSH", b"MSH|^~\\&|", b"FHS|^~\\&\r", b"BHS|^~\\&\r", b"BTS|1\r", b"PID|", b"\rPID|1||L9^^^RKB\r"),
    *(b"\xff", b"\xb2", b"\xc3", b"null", b"[" * 500, b"{" * 500, b"1e999", b"\\u0000", b"\\ud800", b'"', b"true", b"-0"),
)  # fmt: skip


def mutated(raw: bytes, rng: random.Random) -> bytes:
    """These bytes with a few places broken: changed, cut out, doubled, or with something odd put in."""
    body = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(body) + 1)
        to = min(len(body), at + rng.choice((1, 1, 2, 4, 40, 400)))
        match rng.randrange(6):
            case 0:
                body[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del body[at:to]
            case 2:
                body[at:at] = body[at:to]
            case 3:
                body[at:at] = rng.choice(_TOKENS)
            case 4:
                body[at:to] = rng.choice(_TOKENS)
            case _:
                other = rng.randrange(len(body) + 1)
                body[other:other] = body[at:to]
    return bytes(body)


def _broken(of: list[bytes]) -> st.SearchStrategy[bytes]:
    def make(raw: bytes, seed: int) -> bytes:
        return mutated(raw, random.Random(seed))

    return st.builds(make, st.sampled_from(of), st.integers(0, 2**40))


def _batch(parts: list[bytes], shape: tuple[bytes, bytes, bytes]) -> bytes:
    before, between, after = shape
    return before + between.join(parts) + after


_batches = st.builds(
    _batch,
    st.lists(messages(), max_size=4),
    st.tuples(
        st.sampled_from(
            (b"", b"FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r", b"BHS|^~\\&\r" * 50, b"FHS\r", b"\xef\xbb\xbf")
        ),
        st.sampled_from((b"", b"BTS|1\rBHS|^~\\&\r", b"\r\n", b"NTE|1\r")),
        st.sampled_from((b"", b"BTS|2\rFTS|1\r", b"BTS|99999999999\r", b"FTS\r" * 50, b"BTS|\r")),
    ),
)
payloads = st.one_of(messages(), messages(), _broken(HL7), _broken(HL7), _batches, st.binary(max_size=64))
lines = st.one_of(_broken(COUNCIL), _broken(COUNCIL), st.sampled_from(COUNCIL))
dialects = st.one_of(payloads, payloads, payloads, lines)
"""What a source is given: mostly HL7, now and then a line of council facts."""

_pieces = st.one_of(
    payloads.map(frame),
    st.sampled_from(
        (
            b"\x0b",
            b"\x1c",
            b"\r",
            b"\x1c\r",
            b"MSH",
            b"\x0bMSH|",
            b"\x1c\x1c\r",
            b"\x0b\x1c\r",
            b"\xef\xbb\xbf",
        )
    ),
    st.binary(max_size=20),
    st.integers(1, 9000).map(lambda n: b"x" * n),
)
streams = st.lists(_pieces, max_size=8).map(b"".join)
"""What one connection sends: frames, broken frames, and what lies between them."""


def on_the_wire(raw: bytes) -> bytes:
    """A payload as its sender sends it: HL7 in a frame, a line of council facts as it is."""
    return raw if raw.lstrip()[:1] == b"{" else frame(raw)


def _table(rows: list[bytes], end: bytes) -> bytes:
    return end.join((*CSV[:1], *rows))


CSV = (SAMPLES / "council-extract" / "packages-start-and-end.csv").read_bytes().splitlines()
_rows = st.one_of(
    st.sampled_from(CSV[1:]),
    _broken(CSV[1:]),
    st.sampled_from(
        (b"", b",,,", b'"', b'"a\nb",c', b"x" * 900, b"\xff\xfe", b"s42,safeguarding concern", b"\x00")
    ),
)
_tables = st.builds(
    _table, st.lists(_rows, max_size=12), st.sampled_from((b"\n", b"\r\n", b"\r", b"\n\n", b"\n\r"))
)
files = st.one_of(
    _tables, _tables, _tables, st.lists(lines, max_size=6).map(b"\n".join), st.binary(max_size=200)
)
"""What a council drops: tables with rows that are right, broken, endless or odd, and lines of facts."""
