"""Encrypted bodies: whole and in place, or not at all."""

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
from web.crypto import encrypted_body as vault
from web.crypto.encrypted_body import (
    BLOCK,
    MOST,
    BodyAddress,
    NewerFormat,
    Table,
    TooLarge,
    Unreadable,
    decrypt_body,
    encrypt_body,
)
from web.crypto.private_link import Secret
from web.journeys.sitting import from_body

KEY: Final = SECRET.key
PLACE: Final = BodyAddress("sitting", b"0123456789abcdef", 5)
BODY: Final = {"answers": {"partner_name": "Żaneta", "sleep": 3, "wish": None}}

texts = st.text(st.characters(codec=None), max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)
bodies = st.dictionaries(texts.filter(lambda name: name != "format"), json_values, max_size=6)
places = st.builds(
    BodyAddress,
    st.sampled_from(("journey", "sitting")),
    st.binary(max_size=40),
    st.integers(min_value=0, max_value=2**63 - 1),
)


@given(bodies, places)
def test_bodies_come_back(body: dict[str, Any], place: BodyAddress) -> None:
    """Whatever JSON can say comes back as it was, in any place."""
    assert decrypt_body(KEY, place, encrypt_body(KEY, place, body)) == body


@given(bodies)
def test_envelopes_have_few_lengths(body: dict[str, Any]) -> None:
    """An envelope is whole KiB long, besides format, nonce and tag."""
    inside = len(encrypt_body(KEY, PLACE, body)) - 1 - 12 - 16
    assert inside > 0
    assert inside % BLOCK == 0


def test_short_bodies_have_one_length() -> None:
    """A body with one answer is as long as one with many."""
    assert len(encrypt_body(KEY, PLACE, {})) == len(encrypt_body(KEY, PLACE, {"answers": "x" * 900})) == 1053


def test_no_two_envelopes_are_the_same() -> None:
    """The same body is another envelope every time, with a nonce of its own."""
    envelopes = [encrypt_body(KEY, PLACE, BODY) for _ in range(50)]
    assert len({envelope[1:13] for envelope in envelopes}) == 50
    assert len({envelope[13:] for envelope in envelopes}) == 50


def test_an_envelope_is_noise() -> None:
    """Nothing of a body, nor of the key, stands in its envelope."""
    envelope = encrypt_body(KEY, PLACE, BODY)
    for known in ("Żaneta", "partner_name", "answers", "format", "sleep"):
        assert known.encode() not in envelope
    assert KEY not in envelope


# What was changed cannot be opened


def test_every_bit_of_an_envelope_counts() -> None:
    """If any one bit of an envelope is another, it cannot be opened."""
    envelope = encrypt_body(KEY, PLACE, BODY)
    for position in range(len(envelope)):
        for bit in range(8):
            changed = bytearray(envelope)
            changed[position] ^= 1 << bit
            with pytest.raises(Unreadable):
                decrypt_body(KEY, PLACE, bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28, 29, 500, 1052])
def test_a_cut_envelope_cannot_be_opened(length: int) -> None:
    """An envelope that was cut short, or that something was added to, cannot be opened."""
    envelope = encrypt_body(KEY, PLACE, BODY)
    with pytest.raises(Unreadable):
        decrypt_body(KEY, PLACE, envelope[:length])
    with pytest.raises(Unreadable):
        decrypt_body(KEY, PLACE, envelope + bytes(length + 1))


def moved() -> list[BodyAddress]:
    """The place with any one bit of its id or its revision changed, in the other table, or with a longer or shorter id."""
    found = [BodyAddress("journey", PLACE.id, PLACE.revision)]
    for position in range(len(PLACE.id)):
        for bit in range(8):
            name = bytearray(PLACE.id)
            name[position] ^= 1 << bit
            found.append(BodyAddress(PLACE.table, bytes(name), PLACE.revision))
    found += [BodyAddress(PLACE.table, PLACE.id, PLACE.revision ^ (1 << bit)) for bit in range(63)]
    return [*found, BodyAddress(PLACE.table, PLACE.id[:-1], 5), BodyAddress(PLACE.table, PLACE.id + b"\0", 5)]


def test_every_bit_of_a_place_counts() -> None:
    """A row that was moved to another table or id, or put back as another revision, cannot be opened."""
    envelope = encrypt_body(KEY, PLACE, BODY)
    for place in moved():
        with pytest.raises(Unreadable):
            decrypt_body(KEY, place, envelope)


@given(places, places)
def test_two_places_are_bound_differently(one: BodyAddress, other: BodyAddress) -> None:
    """No two places are the same in associated data."""
    assert (one == other) == (one.associated == other.associated)


def test_every_bit_of_a_key_counts() -> None:
    """Another key, in any one bit or wholly, opens nothing."""
    envelope = encrypt_body(KEY, PLACE, BODY)
    keys = [(int.from_bytes(KEY, "big") ^ (1 << bit)).to_bytes(32, "big") for bit in range(256)]
    for key in [*keys, SECRET.locator, Secret.mint().key]:
        with pytest.raises(Unreadable):
            decrypt_body(key, PLACE, envelope)


def test_bounds() -> None:
    """A body that has grown beyond all bounds is refused before it is written."""
    assert len(encrypt_body(KEY, PLACE, {"a": "x" * (MOST - 30)})) > MOST
    with pytest.raises(TooLarge):
        encrypt_body(KEY, PLACE, {"a": "x" * MOST})


# Formats


def test_older_formats_are_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body of format 1 goes through every upgrade in turn, and is written in the newest format."""
    old = encrypt_body(KEY, PLACE, {"steps": []})
    upgrades = tuple((lambda body, to=to: {**body, "steps": [*body["steps"], to]}) for to in (2, 3))
    monkeypatch.setitem(vault.FORMATS, "sitting", upgrades)
    assert decrypt_body(KEY, PLACE, old) == {"steps": [2, 3]}
    assert decrypt_body(KEY, PLACE, encrypt_body(KEY, PLACE, {"steps": [2, 3]})) == {"steps": [2, 3]}
    monkeypatch.setitem(vault.FORMATS, "sitting", upgrades[:1])
    middle = encrypt_body(KEY, PLACE, {"steps": [2]})
    monkeypatch.setitem(vault.FORMATS, "sitting", upgrades)
    assert decrypt_body(KEY, PLACE, middle) == {"steps": [2, 3]}


def test_newer_formats_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later version wrote is not taken for damage, and not opened either."""
    monkeypatch.setitem(vault.FORMATS, "sitting", (dict,))
    newer = encrypt_body(KEY, PLACE, BODY)
    monkeypatch.undo()
    with pytest.raises(NewerFormat):
        decrypt_body(KEY, PLACE, newer)


def fixtures() -> list[Path]:
    return sorted(FIXTURES.glob("*-body-*.json"))


def test_every_format_has_a_fixture() -> None:
    """Of each table and each format ever written there is an envelope that later versions must open."""
    wanted = {f"{table}-body-{number}" for table in vault.FORMATS for number in range(1, len(vault.FORMATS[table]) + 2)}
    assert {path.stem for path in fixtures()} == wanted


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.stem)
def test_fixtures_open(path: Path) -> None:
    """What any version wrote means today what it meant then."""
    found = json.loads(path.read_text(encoding="utf-8"))
    table: Table = found["table"]
    place = BodyAddress(table, bytes.fromhex(found["id"]), found["revision"])
    body = decrypt_body(Secret.of_code(found["secret"]).key, place, b64decode(found["envelope"]))
    if table == "sitting":
        assert from_body(place.id.decode(), place.revision, body) == SITTING
    else:
        assert body == JOURNEY_BODY


def test_fixtures_differ() -> None:
    """No fixture is a copy of another."""
    texts = sorted(path.read_text(encoding="utf-8") for path in fixtures())
    assert all(one != other for one, other in pairwise(texts))
