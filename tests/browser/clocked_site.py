"""A site in this process whose clock a test sets, for people who come back weeks later with a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.clients.site import Site
from tests.servers.waiting import join


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is werkzeug's
        pass


@contextmanager
def serve_site(folder: Path, **options: Any) -> Iterator[tuple[Site, str]]:
    """The site and its address, while the block lasts."""
    site = Site(folder, options=options)
    server = make_server("127.0.0.1", 0, site.app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        join([thread], "the site to end")
        server.server_close()
        site.storage.close()
