"""The link reader finds links and words in any surrounding text, and names the likely mistake."""

from __future__ import annotations

import html
import random
from base64 import urlsafe_b64encode
from collections.abc import Callable
from email.message import EmailMessage
from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.examples import examples
from tests.factories.sample_journey import OTHER_SECRET, SECRET
from web.crypto import link_wrappings
from web.crypto.link_reader import MAX_CANDIDATES, read_link
from web.crypto.link_wrappings import MAX_CHARACTERS, MAX_TEXTS, unwrapped
from web.crypto.private_link import BYTES, LinkError, Secret

secrets = st.binary(min_size=BYTES, max_size=BYTES).map(Secret)
HOST: Final = "https://plan.example"


def address(secret: Secret) -> str:
    return f"{HOST}/open/{secret.code}"


def old_address(secret: Secret) -> str:
    return f"{HOST}/open/{secret.old_code}"


def words(secret: Secret) -> str:
    return " ".join(secret.words)


def mail(text: str, encoding: str) -> str:
    """A text in quoted-printable, as in a mail saved as a file."""
    message = EmailMessage()
    message.set_content(text, cte=encoding)
    return message.as_string()


def lines(text: str, width: int, prefix: str = "") -> str:
    """A text broken into lines at any place."""
    return "\n".join(prefix + text[start : start + width] for start in range(0, len(text), width))


def wide(text: str) -> str:
    """A text in full-width characters."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def proofpoint(text: str) -> str:
    """An address in the second version of Proofpoint's format."""
    escaped = text.replace("-", "-2D").replace("_", "-5F").replace(":", "-3A").replace("/", "_")
    return f"https://urldefense.example/v2/url?u={escaped}&d=DwMFaQ&c=abc"


AROUND_LINKS: Final[dict[str, Callable[[str], str]]] = {
    "bare": str,
    "blanks": "  {}\n\n".format,
    "angles": "<{}>".format,
    "markdown": "[my plan]({}) is here".format,
    "quotes": '"{}"'.format,
    "curly": "“{}”".format,
    "guillemets": "«{}»".format,
    "full stop": "It is {}.".format,
    "comma": "{}, he wrote".format,
    "bracket": "({})".format,
    "square": "see [{}]!".format,
    "colon": "my link:{};".format,
    "emphasis": "*{0}*, **{0}**".format,
    "code": "`{}`".format,
    "tracking": "{}?utm_source=mail&utm_medium=x&fbclid=IwAR0abcdefghijklmnopqrstuvwxyz".format,
    "fragment": "{}#main".format,
    "suffix": "{}/quiz/1".format,
    "slash": "{}/".format,
    "twice": "{0}{0}".format,
    "again": lambda link: f"{link}<{link}>",
    "scanner": lambda link: f"https://safelinks.example/?url={quote(link, safe='')}&data=05%7C01&reserved=0",
    "two scanners": lambda link: (
        f"https://x.example/?u={quote('https://y.example/?q=' + quote(link, safe=''), safe='')}"
    ),
    "second scanner": proofpoint,
    "third scanner": "https://urldefense.example/v3/__{}__;!!abc!def$".format,
    "base64": lambda link: f"https://x.example/?u=a1{urlsafe_b64encode(link.encode()).decode().rstrip('=')}&n=1",
    "mail": lambda link: mail(f"“Hello”\n{'x' * 60} {link}\nBye", "quoted-printable"),
    "mail in base64": lambda link: mail(f"Hello, this is it:\n{link}\nBye", "base64"),
    "equals": lambda link: f'<a href=3D"{link}">',
    "wrapped": lambda link: lines(link, 33),
    "quoted": lambda link: "On Tuesday she wrote:\n" + lines(link, 31, "> ") + "\n> \n> Bye",
    "twice quoted": lambda link: lines(link, 35, ">> "),
    "soft breaks": lambda link: link[:30] + "=\r\n" + link[30:] + "=20\r\n",
    "anchor": '<p>Hi <a href="{}">my plan</a></p>'.format,
    "word breaks": lambda link: f"<p>{link[:29]}<wbr>{link[29:34]}<wbr/>{link[34:]}</p>",
    "entities": lambda link: html.escape(f"<{link}&x=1>"),
    "json": lambda link: '{"url":"' + link.replace("/", "\\/") + '"}',
    "unicode escapes": lambda link: link.replace("/", "\\u002f"),
    "invisible": lambda link: "\ufeff\u200b" + link[:30] + "\u00ad\u200d" + link[30:] + "\u2060",
    "directions": "\u202a{}\u202c\u200f".format,
    "no break": "\u00a0{}\u00a0\u202f".format,
    "wide": wide,
    "hidden scheme": lambda link: link.replace("http", "hxxp").replace(".", "[.]"),
    "other host": lambda link: link.replace(HOST, "http://old.example:8080/below"),
    "no host": lambda link: link.removeprefix(HOST),
    "capitals": lambda link: link.replace("/open/", "/OPEN/"),
    "slashes": lambda link: link.replace("/open/", "//open//"),
    "before words": "{} and that is all I kept of it".format,
    "no spaces": "link:{},sent".format,
}
AROUND_CODES: Final[dict[str, Callable[[str], str]]] = {
    "bare": str,
    "small": str.lower,
    "hyphens": lambda code: "-".join(code[start : start + 5] for start in range(0, 30, 5)),
    "blanks": lambda code: " ".join(code[start : start + 4] for start in range(0, 30, 4)),
    "dots": lambda code: code[:9] + "…" + code[9:],
    "look-alikes": lambda code: code.replace("0", "O").replace("1", "l"),
    "glued": "Xu{}ux".format,
    "dashes": lambda code: code[:10] + "–" + code[10:20] + "\u2011" + code[20:],
    "wrapped everywhere": lambda code: lines(code, 7, "> "),
    "soft hyphens": "\u00ad".join,
    "zero width": "\u200b".join,
    "wide": wide,
    "message": "my code is {}, keep it".format,
    "query": "https://other.example/?c={}&x=1".format,
    "tags": lambda code: f"<code>{code[:15]}</code><br><code>{code[15:]}</code>",
}
AROUND_WORDS: Final[dict[str, Callable[[Secret], str]]] = {
    "bare": words,
    "capitals": lambda secret: words(secret).upper(),
    "commas": lambda secret: ", ".join(secret.words) + ".",
    "lines": lambda secret: "\n".join(secret.words),
    "numbers": lambda secret: "\n".join(f"{number}. {word}" for number, word in enumerate(secret.words, 1)),
    "numbers in a line": lambda secret: " ".join(f"{number}) {word}" for number, word in enumerate(secret.words, 1)),
    "two columns": lambda secret: "\n".join(
        f"{row + 1}. {secret.words[row]}\t{row + 7}. {secret.words[row + 6]}" for row in range(6)
    ),
    "two columns with zeros": lambda secret: "\n".join(
        f"{row + 1:02} {secret.words[row]}\t{row + 7:02} {secret.words[row + 6]}" for row in range(6)
    ),
    "hyphens": lambda secret: "-".join(secret.words),
    "quoted": lambda secret: lines(words(secret), 1000, "> ").replace(" ", "\n> "),
    "two quoted lines": lambda secret: f"> {' '.join(secret.words[:5])}\n>> {' '.join(secret.words[5:])}",
    "curly": lambda secret: "“" + "’ ‘".join(secret.words) + "”",
    "accents": lambda secret: words(secret).replace("a", "á"),
    "first letters": lambda secret: " ".join(word[:4] for word in secret.words),
    "wide": lambda secret: wide(words(secret)),
    "invisible": lambda secret: words(secret).replace("e", "e\u00ad").replace(" ", "\u200b \u200b"),
    "no break": lambda secret: words(secret).replace(" ", "\u00a0"),
    "list": lambda secret: "<ol>" + "".join(f"<li>{word}</li>" for word in secret.words) + "</ol>",
    "mail": lambda secret: mail("“These”\n" + "  ".join(secret.words) + "\n", "quoted-printable"),
    "other words": lambda secret: f"My twelve were: {words(secret)}. Thanks xx",
    "hyphenated": lambda secret: words(secret)[:-2] + "-\n" + words(secret)[-2:],
    "in an address": lambda secret: "https://x.example/?q=" + quote(words(secret)),
}


def secrets_in(text: str) -> tuple[Secret, ...]:
    return read_link(text).secrets


def fault_of(text: str) -> tuple[str, tuple[int, ...], int]:
    """The likely mistake if nothing opens."""
    fault = read_link(text).fault
    return fault.code, fault.positions, fault.count


# Surroundings


@pytest.mark.parametrize("around", AROUND_LINKS)
@settings(max_examples=examples(20), deadline=None)
@given(secret=secrets)
def test_links_are_found(around: str, secret: Secret) -> None:
    """A link in any surroundings is the first candidate, with a new code and with an old one."""
    for link in (address(secret), old_address(secret)):
        assert secrets_in(AROUND_LINKS[around](link))[0] == secret


@pytest.mark.parametrize("around", AROUND_CODES)
@settings(max_examples=examples(20), deadline=None)
@given(secret=secrets)
def test_codes_are_found(around: str, secret: Secret) -> None:
    """A code without its address is found by its checksum, with any separators within it."""
    reading = read_link(AROUND_CODES[around](secret.code))
    assert reading.secrets[0] == secret
    assert reading.has_checked_code
    assert reading.fault.code == "dead"


@pytest.mark.parametrize("around", AROUND_WORDS)
@settings(max_examples=examples(20), deadline=None)
@given(secret=secrets)
def test_words_are_found(around: str, secret: Secret) -> None:
    """Twelve words are found in any notation, and among other words."""
    assert secret in secrets_in(AROUND_WORDS[around](secret))


@settings(deadline=None)
@given(secret=secrets, before=st.text(max_size=40), after=st.text(max_size=40))
def test_any_text_may_stand_around(secret: Secret, before: str, after: str) -> None:
    """A link is a candidate whatever text is on the lines before and after it."""
    for link in (address(secret), old_address(secret)):
        assert secret in secrets_in(f"{before}\n{link}\n{after}")


@settings(deadline=None)
@given(secret=secrets, separators=st.lists(st.text("-–_ .,;:|>*\n\t\u00ad\u200b\u00a0'", max_size=3), min_size=29))
def test_anything_may_stand_within_a_code(secret: Secret, separators: list[str]) -> None:
    """Characters other than letters and digits anywhere in a code are ignored."""
    pieces = zip(secret.code, [*separators[:29], ""], strict=True)
    assert secret in secrets_in("".join(char + separator for char, separator in pieces))


@pytest.mark.parametrize(
    "text",
    [
        SECRET.old_code,
        f"it is {SECRET.old_code}, I think",
        f"_{SECRET.old_code}_",
        f"{SECRET.old_code[:9]}\n{SECRET.old_code[9:]}",
        f"> {SECRET.old_code[:9]}\n> {SECRET.old_code[9:]}",
        f"https://other.example/?c={SECRET.old_code}&x=1",
    ],
)
def test_old_codes_alone_are_found(text: str) -> None:
    """An old code without its address is found as one word or on two lines."""
    assert SECRET in secrets_in(text)


def test_old_codes_keep_their_case() -> None:
    """An old code in another case is another secret or none."""
    assert SECRET not in secrets_in(old_address(SECRET).lower())
    assert SECRET not in secrets_in(old_address(SECRET).upper())
    assert secrets_in(address(SECRET).upper()) == secrets_in(address(SECRET).lower()) == (SECRET,)


@pytest.mark.parametrize("glued", ["A", "7x"])
def test_a_longer_word_is_no_old_code(glued: str) -> None:
    """An old code with an additional character is a typo; the character is not ignored."""
    assert secrets_in(old_address(SECRET) + glued) == ()


# Order


def test_the_order() -> None:
    """Candidates come in this order: after an address, by checksum, words, old codes alone; without repetition."""
    in_order = [Secret(bytes([number]) * 16) for number in range(4)]
    texts = [in_order[3].old_code, words(in_order[2]), f"code {in_order[1].code} ", old_address(in_order[0])]
    reading = read_link("\n\n".join([*texts, *texts]))
    assert [secret for secret in reading.secrets if secret in in_order] == in_order
    assert len(set(reading.secrets)) == len(reading.secrets)


def test_link_and_words_of_one_secret_are_one_key() -> None:
    """The pasted page with the link and the words has one candidate."""
    for text in (
        f"{address(SECRET)}\n{words(SECRET)}",
        f"{words(SECRET)}\n{old_address(SECRET)}",
        f"{address(SECRET)} {old_address(SECRET)} {SECRET.code}",
    ):
        assert secrets_in(text) == (SECRET,)


def test_there_are_at_most_eight() -> None:
    """A text with more links has eight candidates, and ``has_more`` is set."""
    links = [address(Secret(bytes([number]) * 16)) for number in range(MAX_CANDIDATES + 1)]
    reading = read_link("\n".join(links[:-1]))
    assert (len(reading.secrets), reading.has_more) == (MAX_CANDIDATES, False)
    reading = read_link("\n".join(links))
    assert (len(reading.secrets), reading.has_more) == (MAX_CANDIDATES, True)
    assert len(secrets_in(" ".join(random.Random(1).choices(words(SECRET).split(), k=2000)))) <= MAX_CANDIDATES


# Likely mistakes


def wrong(code: str, *places: int) -> str:
    """A code with other characters at these places."""
    return "".join(
        "7" if place in places and char != "7" else "8" if place in places else char for place, char in enumerate(code)
    )


SLIPS: Final = [*SECRET.words[:4], "xylophon", *SECRET.words[5:]]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ("malformed", (), 0)),
        ("nothing", ("malformed", (), 0)),
        ("I lost my link and do not know what to do now, please help me find it", ("malformed", (), 0)),
        (f"{HOST}/plan/1 abandon", ("malformed", (), 0)),
        (f"{HOST}/open/", ("malformed", (), 0)),
        (f"{HOST}/open/{SECRET.old_code[:-1]}", ("malformed", (), 0)),
        (f"{HOST}/open/{SECRET.old_code[:-1]}x", ("malformed", (), 0)),
        ("ba1fecb0-e29b-41d4-a716-446655440000", ("malformed", (), 0)),
        ("x" * (MAX_CHARACTERS + 1), ("too_long", (), 0)),
        ("\n" * MAX_CHARACTERS + address(SECRET), ("too_long", (), 0)),
        (address(SECRET), ("dead", (), 0)),
        (f"{address(SECRET)} {wrong(OTHER_SECRET.code, 3)}", ("dead", (), 0)),
        (old_address(SECRET), ("dead_or_slip", (), 0)),
        (words(SECRET), ("dead_or_slip", (), 0)),
        (wrong(SECRET.code, 3), ("code_typo", (4,), 30)),
        (f"({HOST}/open/{wrong(SECRET.code, 3).lower()}).", ("code_typo", (4,), 30)),
        (wrong(SECRET.code, 3, 17), ("code_typo", (), 30)),
        (SECRET.code[:5] + SECRET.code[6] + SECRET.code[5] + SECRET.code[7:], ("code_typo", (6, 7), 30)),
        (SECRET.code[:5] + "U" + SECRET.code[6:], ("code_typo", (6,), 30)),
        (f"{HOST}/open/{SECRET.code[:-9]}", ("code_length", (), 21)),
        (f"{HOST}/open/{SECRET.code[:4]}{SECRET.code[5:]}, see", ("code_length", (), 29)),
        (SECRET.code[:-1], ("code_length", (), 29)),
        (SECRET.code[:9] + "7" + SECRET.code[9:], ("code_length", (), 31)),
        ("one two three", ("word_count", (), 3)),
        ("abandon,amount", ("word_count", (), 2)),
        (" ".join(SECRET.words[:-1]), ("word_count", (), 11)),
        (" ".join(SLIPS), ("unknown_word", (5,), 12)),
        (f"Dear Xi: {' '.join(SLIPS)}", ("unknown_word", (5,), 12)),
        ("abandon " * 12, ("checksum", (), 12)),
        ("\n".join(f"> {number}. zoo" for number in range(1, 13)), ("checksum", (), 12)),
    ],
)
def test_the_likely_fault_is_named(text: str, fault: tuple[str, tuple[int, ...], int]) -> None:
    """Typos, dead links, missing and additional characters, and texts without a link are told apart."""
    assert fault_of(text) == fault


def test_a_fault_does_not_show_what_was_typed() -> None:
    """Neither the reading nor its fault contains the text."""
    reading = read_link(f"{address(SECRET)} letmein")
    assert "letmein" not in repr(reading) + str(reading.fault) + repr(reading.fault.args)
    assert SECRET.code not in repr(reading)


# Limits


HARD: Final = {
    "backslashes": "\\",
    "addresses": "open/",
    "words": "zoo ",
    "zeros": "0",
    "codes": SECRET.code,
    "entities": "&amp;",
    "percent": "%25",
    "soft breaks": "=  ",
    "tags": "<a ",
    "base64": "aHR0c",
    "lines of base64": "aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8g\n",
    "scanner": "http-3A",
    "numbers": "1 a ",
    "blanks": "a" + " " * 40,
    "lines": "a\n> ",
    "ligatures": "\ufdfa",
    "accents": "a\u0301",
    "everything": f"<b>=3D&amp;%25\\u0025 aHR0cHM6Ly94LnkvenZ6 https-3A__ {wrong(SECRET.code, 3)} - zoo\n> ",
}


@pytest.mark.parametrize("piece", HARD)
def test_the_work_is_bounded(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts longer than the limit take no more work, and checksums are at most as many as characters."""
    text = HARD[piece] * (4 * MAX_CHARACTERS // len(HARD[piece]))
    texts = unwrapped(text)
    assert len(texts) <= MAX_TEXTS
    assert all(len(each) <= MAX_CHARACTERS for each in texts)
    assert unwrapped(text[:MAX_CHARACTERS]) == texts
    checked = 0
    for name in ("of_digits", "of_numbers"):
        original = getattr(Secret, name)

        def counted(value: object, original: Callable[[object], Secret | None] = original) -> Secret | None:
            nonlocal checked
            checked += 1
            return original(value)

        monkeypatch.setattr(Secret, name, counted)
    read_link(text)
    assert checked <= 2 * MAX_TEXTS * MAX_CHARACTERS


@settings(deadline=None)
@given(st.text() | st.text("=&%\\<>-#x;0123456789ABCDEFopen/ \r\n", max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Any text gives candidates and a fault, without another error."""
    reading = read_link(text)
    assert len(reading.secrets) <= MAX_CANDIDATES
    assert isinstance(reading.fault, LinkError)


def test_half_a_character_is_read() -> None:
    """A lone surrogate, which is not valid text, causes no error."""
    for odd in ("\ud800", "\\ud800", "&#xd800;", "%ff", "=FF=D8", "\x00"):
        assert SECRET in secrets_in(f"{odd} {address(SECRET)} {odd}")
        assert link_wrappings.unwrapped(odd)
