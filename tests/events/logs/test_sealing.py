"""What is sealed opens only whole, only in its place and only with its key; the master key is nobody else's to read."""

import hmac
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.events.logs.sealing import Keyring, MasterKeyFault, SealBroken, seal, unseal

KEY = bytes(range(32))
KEYRING = Keyring(KEY)


@given(plain=st.binary(max_size=300), associated=st.text(max_size=40))
def test_what_is_sealed_opens_again_and_shows_nothing(plain: bytes, associated: str) -> None:
    sealed = seal(plain, KEY, associated)
    assert unseal(sealed, KEY, associated) == plain
    assert len(plain) < 8 or plain not in sealed


@given(place=st.integers(min_value=0), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, flip: int) -> None:
    sealed = bytearray(seal(b"Mrs Hathaway, 12 Warwick Row", KEY, "event-1"))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(SealBroken):
        unseal(bytes(sealed), KEY, "event-1")


def test_it_opens_neither_cut_short_nor_for_another_event_nor_with_another_key() -> None:
    sealed = seal(b"Mrs Hathaway", KEY, "event-1")
    for shorter in (b"", sealed[:12], sealed[:28], sealed[:-1]):
        with pytest.raises(SealBroken):
            unseal(shorter, KEY, "event-1")
    with pytest.raises(SealBroken):
        unseal(sealed, KEY, "event-2")
    with pytest.raises(SealBroken):
        unseal(sealed, bytes(32), "event-1")


def test_sealing_the_same_twice_never_looks_the_same() -> None:
    assert seal(b"same", KEY, "e") != seal(b"same", KEY, "e")


def test_a_look_up_is_the_same_for_the_same_master_key_only() -> None:
    assert KEYRING.lookup("patient", "RKB", "1234") == Keyring(KEY).lookup("patient", "RKB", "1234")
    assert KEYRING.lookup("patient", "RKB", "1234") != Keyring(bytes(32)).lookup("patient", "RKB", "1234")
    assert len(KEYRING.lookup("patient")) == 32


@given(master=st.binary(min_size=32, max_size=32), text=st.text(max_size=300))
def test_a_look_up_is_an_hmac_so_that_every_later_version_finds_it_again(master: bytes, text: str) -> None:
    key = HKDF(SHA256(), 32, salt=None, info=b"ascbridge look-ups 1").derive(master)
    raws = [b"patient", text.encode()]
    framed = b"".join(len(raw).to_bytes(4, "big") + raw for raw in raws)
    assert Keyring(master).lookup("patient", text) == hmac.digest(key, framed, "sha256")[:16].hex()


@given(one=st.lists(st.text(max_size=4), max_size=4), other=st.lists(st.text(max_size=4), max_size=4))
def test_look_ups_of_different_parts_differ_however_they_are_cut(one: list[str], other: list[str]) -> None:
    assert (KEYRING.lookup("k", *one) == KEYRING.lookup("k", *other)) == (one == other)


def test_a_wrapped_data_key_opens_for_its_own_id_and_master_key_only() -> None:
    key = KEYRING.new_data_key()
    wrapped = KEYRING.wrap(key, "p1.1")
    assert KEYRING.unwrap(wrapped, "p1.1") == key
    assert key not in wrapped
    with pytest.raises(SealBroken):
        KEYRING.unwrap(wrapped, "p2.1")
    with pytest.raises(SealBroken):
        Keyring(bytes(32)).unwrap(wrapped, "p1.1")


def test_hashing_and_wrapping_have_keys_of_their_own() -> None:
    with pytest.raises(SealBroken):
        unseal(KEYRING.wrap(bytes(32)), KEY, "")
    assert KEYRING._wrapping != KEYRING._hashing


def test_a_keyring_does_not_show_its_keys() -> None:
    assert repr(KEYRING) == "Keyring(...)"


def test_the_master_key_is_made_only_when_asked_and_then_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    with pytest.raises(MasterKeyFault, match="no master key here"):
        Keyring.load(path)
    made = Keyring.load(path, create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert Keyring.load(path, create=True).lookup("k") == made.lookup("k") == Keyring.load(path).lookup("k")
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_master_key_that_others_may_touch_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    Keyring.load(path, create=True)
    path.chmod(mode)
    with pytest.raises(MasterKeyFault, match="chmod 600"):
        Keyring.load(path)


def test_a_master_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(os.urandom(31))
    path.chmod(0o600)
    with pytest.raises(MasterKeyFault, match="32 bytes, this file has 31"):
        Keyring.load(path)
    with pytest.raises(MasterKeyFault, match="has 3"):
        Keyring(b"abc")


def test_a_master_key_that_is_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyFault, match="cannot read the master key"):
        Keyring.load(tmp_path)


def test_processes_that_make_it_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    together = threading.Barrier(4)
    found: list[str] = []

    def start() -> None:
        together.wait()
        found.append(Keyring.load(path, create=True).lookup("k"))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


def test_a_note_opens_for_what_it_is_about_and_its_master_key_only_and_is_no_data_key() -> None:
    note = KEYRING.seal_note(b"9993000019", "views packages")
    assert KEYRING.open_note(note, "views packages") == b"9993000019"
    assert b"9993000019" not in note
    for keyring, about in ((KEYRING, "views people"), (Keyring(bytes(32)), "views packages")):
        with pytest.raises(SealBroken):
            keyring.open_note(note, about)
    with pytest.raises(SealBroken):
        KEYRING.unwrap(note, "views packages")
