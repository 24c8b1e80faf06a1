"""Private links are read in all their spellings, and their derived keys never change."""

from __future__ import annotations

import unicodedata
from base64 import urlsafe_b64encode
from contextlib import suppress
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.loading.library import load_library
from tests.factories.sample_journey import SECRET
from web.crypto.private_link import ALPHABET, BYTES, CODE_LENGTH, OLD_CODE_LENGTH, LinkError, Secret

secrets = st.binary(min_size=BYTES, max_size=BYTES).map(Secret)
WORDS = ["abandon", "amount", "liar", "amount", "expire", "adjust", "cage", "candy", "arch", "gather", "drum", "buyer"]


def code_of(text: str, *, words: bool = False) -> tuple[str, tuple[int, ...], int]:
    """The error of a text that is no secret."""
    with pytest.raises(LinkError) as refused:
        (Secret.of_words if words else Secret.of_code)(text)
    return refused.value.code, refused.value.positions, refused.value.count


# The secret and its derived keys


def test_a_secret_is_random() -> None:
    """New secrets have 128 bits and differ."""
    minted = {Secret.mint().raw for _ in range(100)}
    assert len(minted) == 100
    assert {len(raw) for raw in minted} == {16}


def test_a_secret_avoids_words() -> None:
    """A new secret has no word to avoid, unless all attempts have one."""
    listed = resources.files("mnemonic").joinpath("wordlist/english.txt").read_text("utf-8").split()
    for avoid in (listed[:200], listed[::4]):
        assert all(set(avoid).isdisjoint(Secret.mint(avoid).words) for _ in range(3))
    assert len(Secret.mint(listed).raw) == BYTES


def test_a_code_avoids_words() -> None:
    """The code of a new secret contains no word to avoid, also not with digits that look like letters."""
    minted = [Secret.mint(["a", "go", "lo", "b"]) for _ in range(20)]
    assert not [
        secret for secret in minted if {"A", "B"} & set(secret.code) or "G0" in secret.code or "10" in secret.code
    ]


def test_the_words_to_avoid_are_of_the_list() -> None:
    """The words that a pack avoids are in the word list, without repetition, and links with them can be read."""
    listed = resources.files("mnemonic").joinpath("wordlist/english.txt").read_text("utf-8").split()
    avoid = load_library().packs["breakup"].content.avoid_in_links
    assert {"gun", "knife", "abuse", "hurt", "broken", "wedding", "wife", "husband", "baby", "divorce"} <= set(avoid)
    assert list(avoid) == sorted(set(avoid))
    assert set(avoid) <= set(listed)
    assert {"abandon", "liar"} & set(avoid) & set(WORDS)
    assert Secret.of_words(" ".join(WORDS)) == SECRET


def test_what_follows_from_a_secret_never_changes() -> None:
    """Code, words, locator and key of a secret are the same in every version; otherwise all links would die."""
    assert SECRET.code == "000G40R40M30E209185GR38E1WP4JX"
    assert SECRET.old_code == "AAECAwQFBgcICQoLDA0ODw"
    assert list(SECRET.words) == WORDS
    assert SECRET.locator.hex() == "6a506bf7987b50ecbb93e65e7cd51372f96ef357aa5eb136ed59e20b477c1f60"
    assert SECRET.key.hex() == "8a485098878fa8271b1302d3c7851438268f835af4a0efe224d75f6da4945811"


@given(secrets, secrets)
def test_locator_and_key_differ(first: Secret, second: Secret) -> None:
    """Different secrets have different locators and keys, and a locator is never a key."""
    derived = [first.locator, first.key, second.locator, second.key]
    assert len(set(derived)) == (4 if first != second else 2)
    assert {len(each) for each in derived} == {32}


def test_a_secret_does_not_show_itself() -> None:
    """The texts of secrets and errors contain neither the secret nor the typed text."""
    assert repr(SECRET) == str(SECRET) == "Secret()"
    with pytest.raises(LinkError) as refused:
        Secret.of_words("letmein " * 12)
    assert "letmein" not in repr(refused.value) + str(refused.value.args)


@pytest.mark.parametrize("raw", [b"", b"short", bytes(17)])
def test_a_secret_has_its_length(raw: bytes) -> None:
    """Only sixteen bytes are a secret."""
    with pytest.raises(LinkError) as refused:
        Secret(raw)
    assert refused.value.code == "malformed"


# Codes


@given(secrets)
def test_codes_are_read_back(secret: Secret) -> None:
    """A code has 30 characters of Crockford's alphabet, and is read in upper and lower case."""
    assert len(secret.code) == CODE_LENGTH == 30
    assert set(secret.code) <= set(ALPHABET)
    assert Secret.of_code(secret.code) == Secret.of_code(secret.code.lower()) == secret


@given(secrets)
def test_old_codes_are_read_back(secret: Secret) -> None:
    """An old code, 22 characters of base64, is read as its secret."""
    assert secret.old_code == urlsafe_b64encode(secret.raw).decode().rstrip("=")
    assert len(secret.old_code) == OLD_CODE_LENGTH == 22
    assert Secret.of_code(secret.old_code) == secret


@given(secrets)
def test_what_looks_alike_is_read_alike(secret: Secret) -> None:
    """O is read as 0, and I and L are read as 1."""
    for look_alikes in ("OI", "Ol", "oL", "oi"):
        assert Secret.of_code(secret.code.translate(str.maketrans("01", look_alikes))) == secret


@given(secrets, st.integers(0, CODE_LENGTH - 1), st.sampled_from(ALPHABET))
def test_a_wrong_character_is_noticed(secret: Secret, place: int, character: str) -> None:
    """A code with one wrong character is refused. One in four million such typos would pass."""
    code = secret.code[:place] + character + secret.code[place + 1 :]
    if code != secret.code:
        assert code_of(code) == ("code_typo", (), 30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        SECRET.code[:-1],
        SECRET.code + "0",
        SECRET.code[:-1] + "U",
        f" {SECRET.code}",
        "AAECAwQFBgcICQoLDA0OD",
        "AAECAwQFBgcICQoLDA0ODwA",
        "AAECAwQFBgcICQoLDA0ODw==",
        "AAECAwQFBgcICQoLDA0ODx",  # the last character has bits that are not zero
        "AAECAwQFBgcICQoLDA0OD+",
        "AAECAwQFBgcICQoLDA0OD\u00e9",
        "\u0000" * 22,
        "\u0661" * 30,  # digits of another script
        "a" * 100_000,
    ],
)
def test_other_texts_are_no_codes(text: str) -> None:
    """``of_code`` refuses other texts. Removing what surrounds a code is the task of the link reader."""
    assert code_of(text) == ("malformed", (), 0)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text is read as a secret or refused with a ``LinkError``."""
    for read in (Secret.of_code, Secret.of_words):
        with suppress(LinkError):
            assert len(read(text).raw) == BYTES


# Twelve words


def test_the_list_of_words_is_there() -> None:
    """The 2,048 English words are sorted, and their first four letters are unique."""
    words = resources.files("mnemonic").joinpath("wordlist/english.txt").read_text("utf-8").split()
    assert len(words) == len({word[:4] for word in words}) == 2048
    assert words == sorted(words)


@given(secrets)
def test_words_are_read_back(secret: Secret) -> None:
    """The twelve words of a secret are read as this secret, also by their first four letters."""
    assert len(secret.words) == 12
    assert Secret.of_words(" ".join(secret.words)) == secret
    assert Secret.of_words(" ".join(word[:4] for word in secret.words)) == secret


@pytest.mark.parametrize(
    "text",
    [
        " ".join(WORDS).upper(),
        "\n".join(f"{number}. {word}" for number, word in enumerate(WORDS, 1)),
        ", ".join(word.title() for word in WORDS) + ".",
        "-".join(WORDS),
        "  ".join(WORDS) + "\u00a0\n",
        " ".join(WORDS).replace("a", "\u00e1"),
        " ".join(WORDS).replace("abandon", "aban\u00addon").replace("cage", "\u200bcage"),
        unicodedata.normalize("NFKC", " ".join(WORDS)).replace("a", "\uff41"),
        " ".join(["abando", *WORDS[1:]]),
        "“" + " ".join(WORDS) + "”",
    ],
)
def test_words_are_read_as_people_write_them(text: str) -> None:
    """Capitals, numbers, commas, line breaks, accents, invisible and wide characters are ignored."""
    assert Secret.of_words(text) == SECRET


def test_a_word_that_begins_others_is_itself() -> None:
    """`act` is a word although `action` begins with it; `ac` is ambiguous and refused."""
    assert code_of(" ".join(["ac", *WORDS[1:]]), words=True) == ("unknown_word", (1,), 12)
    assert code_of(" ".join(["act"] * 12), words=True) == ("checksum", (), 12)


def test_wrong_words_are_refused_by_what_is_wrong() -> None:
    """A wrong number of words, unknown words and a wrong checksum have different error codes."""
    assert code_of("", words=True) == ("word_count", (), 0)
    assert code_of(" ".join(WORDS[:-1]), words=True) == ("word_count", (), 11)
    assert code_of(" ".join([*WORDS, "zoo"]), words=True) == ("word_count", (), 13)
    assert code_of(" ".join([*WORDS[:3], "liarr", *WORDS[4:11], "buyre"]), words=True) == ("unknown_word", (4, 12), 12)
    assert code_of(" ".join([*WORDS[:-1], "zoo"]), words=True) == ("checksum", (), 12)


def test_most_slips_are_noticed() -> None:
    """Fifteen of sixteen replacements of one word by another of the list are refused."""
    passed = 0
    listed = resources.files("mnemonic").joinpath("wordlist/english.txt").read_text("utf-8").split()
    for word in listed:
        with suppress(LinkError):
            passed += Secret.of_words(" ".join([word, *WORDS[1:]])) != SECRET
    assert passed / len(listed) < 1 / 12
