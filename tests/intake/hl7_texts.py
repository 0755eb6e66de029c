"""HL7 messages to read: one sample with a bit of everything, and any message that hypothesis can think of."""

import string

from hypothesis import strategies as st

from ascbridge.intake.hl7v2.hl7 import NULL, parse

MSH = r"MSH|^~\&|PAS|RKB|ROUTE|COV|202603021015||ADT^A01^ADT_A01|ITK0002|P|2.4|7||AL||GBR|UNICODE"


def message(*segments: str, msh: str = MSH):
    return parse("".join(f"{segment}\r" for segment in (msh, *segments)).encode())


def msh_with_charset(charset: str) -> str:
    return MSH.removesuffix("UNICODE") + charset


SAMPLE = message(
    r"EVN||202603021015",
    r'PID|1||9993001015^^^NHS~U1^^^RKB&2.16&ISO^MRN|alias|O\S\NEIL^""^ ^last  ||""|^^^|~~|a~b~c&d^e',
    r"NK1|1|FIRST",
    r"NK1|2|SECOND",
    'ZU1||||||||||||||||||||||Y||""',
)


words = st.text(string.ascii_letters + string.digits + " .-'éŁ李", min_size=1, max_size=8).map(
    lambda word: f"x{word}x"
)


names = st.sampled_from(["EVN", "PID", "PD1", "NK1", "PV1", "PV2", "ZU1", "ZU8"])


def joined(mark: str, pieces: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(pieces, min_size=1, max_size=most).map(mark.join)


leaves = st.one_of(words, st.just(""), st.just(NULL), words.map(lambda word: word + "\\T\\y"))


# Of each level more than one, and of components more than two: more of them is only slower.
fields = joined("~", joined("^", joined("&", leaves, 2), 3), 2)


segments = st.builds("{}|{}".format, names, joined("|", fields, 4))


short_segments = st.builds("{}|{}".format, names, joined("|", leaves, 3))
