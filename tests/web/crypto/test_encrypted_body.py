"""Encrypted bodies are decrypted unchanged at their own address, and not at all anywhere else."""

from __future__ import annotations

import json
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.sample_journey import JOURNEY_BODY, SECRET, SITTING
from tests.tools.make_fixtures import FIXTURES
from web.crypto import encrypted_body
from web.crypto.encrypted_body import (
    BLOCK,
    MAX_BYTES,
    BodyAddress,
    BodyTooLargeError,
    NewerFormatError,
    Table,
    UnreadableError,
    decrypt_body,
    encrypt_body,
)
from web.crypto.private_link import Secret
from web.journeys.sitting import from_body

KEY: Final = SECRET.key
ADDRESS: Final = BodyAddress("sitting", b"0123456789abcdef", 5)
BODY: Final = {"answers": {"partner_name": "Żaneta", "sleep": 3, "wish": None}}

texts = st.text(st.characters(codec=None), max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)
bodies = st.dictionaries(texts.filter(lambda name: name != "format"), json_values, max_size=6)
addresses = st.builds(
    BodyAddress,
    st.sampled_from(("journey", "sitting")),
    st.binary(max_size=40),
    st.integers(min_value=0, max_value=2**63 - 1),
)


@given(bodies, addresses)
def test_bodies_come_back(body: dict[str, Any], address: BodyAddress) -> None:
    """Any JSON object is decrypted unchanged at any address."""
    assert decrypt_body(KEY, address, encrypt_body(KEY, address, body)) == body


@given(bodies)
def test_envelopes_have_few_lengths(body: dict[str, Any]) -> None:
    """An envelope is a whole number of KiB long, plus format, nonce and tag."""
    padded_length = len(encrypt_body(KEY, ADDRESS, body)) - 1 - 12 - 16
    assert padded_length > 0
    assert padded_length % BLOCK == 0


def test_short_bodies_have_one_length() -> None:
    """The envelope of a body with one answer is as long as that of a body with many."""
    assert len(encrypt_body(KEY, ADDRESS, {})) == len(encrypt_body(KEY, ADDRESS, {"answers": "x" * 900})) == 1053


def test_no_two_envelopes_are_the_same() -> None:
    """Encrypting a body twice gives different nonces and envelopes."""
    envelopes = [encrypt_body(KEY, ADDRESS, BODY) for _ in range(50)]
    assert len({envelope[1:13] for envelope in envelopes}) == 50
    assert len({envelope[13:] for envelope in envelopes}) == 50


def test_an_envelope_is_noise() -> None:
    """An envelope contains no readable part of the body or of the key."""
    envelope = encrypt_body(KEY, ADDRESS, BODY)
    for text in ("Żaneta", "partner_name", "answers", "format", "sleep"):
        assert text.encode() not in envelope
    assert KEY not in envelope


# Changed envelopes, addresses and keys


def test_every_bit_of_an_envelope_counts() -> None:
    """An envelope with any single bit flipped cannot be decrypted."""
    envelope = encrypt_body(KEY, ADDRESS, BODY)
    for position in range(len(envelope)):
        for bit in range(8):
            changed = bytearray(envelope)
            changed[position] ^= 1 << bit
            with pytest.raises(UnreadableError):
                decrypt_body(KEY, ADDRESS, bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28, 29, 500, 1052])
def test_a_cut_envelope_cannot_be_opened(length: int) -> None:
    """An envelope that is shorter or longer than it was cannot be decrypted."""
    envelope = encrypt_body(KEY, ADDRESS, BODY)
    with pytest.raises(UnreadableError):
        decrypt_body(KEY, ADDRESS, envelope[:length])
    with pytest.raises(UnreadableError):
        decrypt_body(KEY, ADDRESS, envelope + bytes(length + 1))


def moved() -> list[BodyAddress]:
    """Addresses that differ in one bit of id or revision, in the table, or in the length of the id."""
    addresses = [BodyAddress("journey", ADDRESS.id, ADDRESS.revision)]
    for position in range(len(ADDRESS.id)):
        for bit in range(8):
            name = bytearray(ADDRESS.id)
            name[position] ^= 1 << bit
            addresses.append(BodyAddress(ADDRESS.table, bytes(name), ADDRESS.revision))
    addresses += [BodyAddress(ADDRESS.table, ADDRESS.id, ADDRESS.revision ^ (1 << bit)) for bit in range(63)]
    return [
        *addresses,
        BodyAddress(ADDRESS.table, ADDRESS.id[:-1], 5),
        BodyAddress(ADDRESS.table, ADDRESS.id + b"\0", 5),
    ]


def test_every_bit_of_a_place_counts() -> None:
    """A row that was moved to another table, id or revision cannot be decrypted."""
    envelope = encrypt_body(KEY, ADDRESS, BODY)
    for place in moved():
        with pytest.raises(UnreadableError):
            decrypt_body(KEY, place, envelope)


@given(addresses, addresses)
def test_two_addresses_are_bound_differently(first: BodyAddress, second: BodyAddress) -> None:
    """Different addresses have different associated data."""
    assert (first == second) == (first.associated_data == second.associated_data)


def test_every_bit_of_a_key_counts() -> None:
    """A key that differs in one bit, or completely, decrypts nothing."""
    envelope = encrypt_body(KEY, ADDRESS, BODY)
    keys = [(int.from_bytes(KEY, "big") ^ (1 << bit)).to_bytes(32, "big") for bit in range(256)]
    for key in [*keys, SECRET.locator, Secret.mint().key]:
        with pytest.raises(UnreadableError):
            decrypt_body(key, ADDRESS, envelope)


def test_bounds() -> None:
    """A body larger than the limit is refused before it is written."""
    assert len(encrypt_body(KEY, ADDRESS, {"a": "x" * (MAX_BYTES - 30)})) > MAX_BYTES
    with pytest.raises(BodyTooLargeError):
        encrypt_body(KEY, ADDRESS, {"a": "x" * MAX_BYTES})


# Formats


def test_older_formats_are_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body of format 1 passes through all upgrades in order, and is written in the newest format."""
    old = encrypt_body(KEY, ADDRESS, {"steps": []})
    upgrades = tuple((lambda body, to=to: {**body, "steps": [*body["steps"], to]}) for to in (2, 3))
    monkeypatch.setitem(encrypted_body.FORMATS, "sitting", upgrades)
    assert decrypt_body(KEY, ADDRESS, old) == {"steps": [2, 3]}
    assert decrypt_body(KEY, ADDRESS, encrypt_body(KEY, ADDRESS, {"steps": [2, 3]})) == {"steps": [2, 3]}
    monkeypatch.setitem(encrypted_body.FORMATS, "sitting", upgrades[:1])
    middle = encrypt_body(KEY, ADDRESS, {"steps": [2]})
    monkeypatch.setitem(encrypted_body.FORMATS, "sitting", upgrades)
    assert decrypt_body(KEY, ADDRESS, middle) == {"steps": [2, 3]}


def test_newer_formats_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that a later version wrote raises its own error, not that of a damaged row."""
    monkeypatch.setitem(encrypted_body.FORMATS, "sitting", (dict,))
    newer = encrypt_body(KEY, ADDRESS, BODY)
    monkeypatch.undo()
    with pytest.raises(NewerFormatError):
        decrypt_body(KEY, ADDRESS, newer)


def fixtures() -> list[Path]:
    return sorted(FIXTURES.glob("*-body-*.json"))


def test_every_format_has_a_fixture() -> None:
    """Every format of every table has a fixture that later versions must decrypt."""
    expected = {
        f"{table}-body-{number}"
        for table in encrypted_body.FORMATS
        for number in range(1, len(encrypted_body.FORMATS[table]) + 2)
    }
    assert {path.stem for path in fixtures()} == expected


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.stem)
def test_fixtures_open(path: Path) -> None:
    """The fixtures of all versions are decrypted to the expected bodies."""
    fixture = json.loads(path.read_text(encoding="utf-8"))
    table: Table = fixture["table"]
    address = BodyAddress(table, bytes.fromhex(fixture["id"]), fixture["revision"])
    body = decrypt_body(Secret.of_code(fixture["secret"]).key, address, b64decode(fixture["envelope"]))
    if table == "sitting":
        assert from_body(address.id.decode(), address.revision, body) == SITTING
    else:
        assert body == JOURNEY_BODY


def test_fixtures_differ() -> None:
    """No fixture is a copy of another."""
    texts = sorted(path.read_text(encoding="utf-8") for path in fixtures())
    assert all(first != second for first, second in pairwise(texts))
