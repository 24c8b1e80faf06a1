"""How a listener is closed without cutting anybody off."""

from __future__ import annotations

import ctypes
import socket
import struct
from contextlib import suppress
from typing import Final

SYN: Final = 0x02
ATTACH_FILTER: Final = 26
"""SO_ATTACH_FILTER of Linux, which Python does not name."""
DROP_SYN_PROGRAM: Final = ((0x30, 0, 0, 13), (0x45, 0, 1, SYN), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))
"""Load the flags of TCP; are they those of somebody who begins to connect? Then drop it, else let it pass."""


def drop_new_connections(listener: socket.socket) -> None:
    """Have the system drop packets that begin a connection; clients try again a second later, elsewhere.

    Between the last look at the queue and the closing of a listener somebody could come in. Linux can look at each
    packet before it comes to the queue; elsewhere that moment stays.
    """
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in DROP_SYN_PROGRAM))
    with suppress(OSError):
        program = struct.pack("@HP", len(DROP_SYN_PROGRAM), ctypes.addressof(code))
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, program)
