"""The HTTP request parser. It accepts one length for each request, so that a proxy cannot read another one."""

from __future__ import annotations

from typing import Final

from waitress.parser import HTTPRequestParser, ParsingError

LENGTH: Final = b"content-length"
ENCODING: Final = b"transfer-encoding"


class RequestParser(HTTPRequestParser):  # type: ignore[misc]
    """Rejects requests with an ambiguous length, as RFC 9112, section 6.1, allows, and closes their connections.

    If a request has two lengths, a proxy may use one and the server the other. Then the rest of one request becomes the
    start of the next one, and its response goes to another client (request smuggling).
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
    """Raise ``ParsingError`` if a request gives more than one length of its body."""
    fields = [(name.lower(), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines)]
    lengths = [value for name, value in fields if name == LENGTH]
    encodings = [value for name, value in fields if name == ENCODING]
    if len(lengths) + len(encodings) > 1:
        message = "several lengths of the body"
        raise ParsingError(message)
    if any(not is_newest or not encoding or b"," in encoding for encoding in encodings):
        message = "an encoding of the body that is not chunked alone"
        raise ParsingError(message)
