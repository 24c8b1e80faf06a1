"""What is accepted as one request: its length is said in one way only, so that no proxy can read it differently."""

from __future__ import annotations

from typing import Final

from waitress.parser import HTTPRequestParser, ParsingError

LENGTH: Final = b"content-length"
ENCODING: Final = b"transfer-encoding"


class RequestParser(HTTPRequestParser):  # type: ignore[misc]
    """A parser that refuses what RFC 9112, section 6.1, lets a server refuse, and closes the connection.

    A proxy that goes by another of two lengths would take the end of one request for the beginning of the next, which
    the server then answers to another client (request smuggling).
    """

    def parse_header(self, header_plus: bytes) -> None:
        first_line, _, rest = header_plus.partition(b"\r\n")
        lines = rest.split(b"\r\n")
        if any(line[:1] in {b" ", b"\t"} for line in lines):
            message = "a header over several lines"
            raise ParsingError(message)
        _check_lengths(lines, is_newest=first_line.rstrip().endswith(b" HTTP/1.1"))
        super().parse_header(header_plus)


def _check_lengths(lines: list[bytes], *, is_newest: bool) -> None:
    """Raise ``ParsingError`` unless the length of the body is said once, or not at all."""
    fields = [(name.lower(), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines)]
    lengths = [value for name, value in fields if name == LENGTH]
    encodings = [value for name, value in fields if name == ENCODING]
    if len(lengths) + len(encodings) > 1:
        message = "several lengths of the body"
        raise ParsingError(message)
    if any(not is_newest or not encoding or b"," in encoding for encoding in encodings):
        message = "an encoding of the body that is not chunked alone"
        raise ParsingError(message)
