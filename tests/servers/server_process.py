"""``heartwork serve`` in a separate process, and an HTTP client for it."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin

from tests.clients.page import Page, read_page
from tests.paths import ROOT
from tests.servers.waiting import SECONDS, Output, wait_for_exit

ADDRESS: Final = re.compile(r"http://\S+?(?=[\s.,]*$|\s)", re.MULTILINE)
FREE: Final = {"HEARTWORK_START_LIMIT": "900000 per second", "HEARTWORK_OPEN_LIMIT": "900000 per second"}
"""Tests use one client address only, which the rate limits would block."""


@dataclass
class Server:
    """A running server and its output."""

    process: subprocess.Popen[str]
    folder: Path
    output: Output
    url: str = ""

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        """Stop it, as an operator would."""
        if self.process.poll() is None:
            self.process.terminate()
        self._end()

    def _end(self) -> None:
        wait_for_exit(self.process, "heartwork serve")
        self.output.close()

    @property
    def log(self) -> str:
        return self.output.text


def serve(folder: Path, port: int = 0, **environment: str) -> Server:
    """Start a server with its data in a folder, and wait until it prints its address."""
    server = start(folder, port, environment)
    try:
        server.url = server.output.wait_for(ADDRESS)[0].rstrip("/")
    except AssertionError:
        server.kill()
        raise
    return server


def start(folder: Path, port: int, environment: Mapping[str, str]) -> Server:
    """Start a server without waiting."""
    command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port), "--data-dir", str(folder)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HEARTWORK_")}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**variables, **FREE, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    return Server(process, folder, Output(process.stdout))


class _Stay(urllib.request.HTTPRedirectHandler):
    """Returns redirects instead of following them."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class HttpResponse:
    """A response of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def page(self) -> Page:
        return read_page(self.body.decode())


class HttpClient:
    """An HTTP client with cookies."""

    def __init__(self, url: str, believing: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.jar = CookieJar()
        safely = urllib.request.HTTPSHandler(context=believing)
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), _Stay, safely)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self._send(urllib.request.Request(urljoin(self.url, path), headers=headers))  # noqa: S310 - our own

    def post(self, path: str, fields: Mapping[str, list[str]]) -> HttpResponse:
        headers = {"Origin": self.url, "Referer": f"{self.url}/"}
        text = urlencode(fields, doseq=True).encode()
        return self._send(urllib.request.Request(urljoin(self.url, path), text, headers))  # noqa: S310 - our own

    def _send(self, request: urllib.request.Request) -> HttpResponse:
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                return HttpResponse(response.status, dict(response.headers), response.read())
        except TimeoutError as error:
            raise TimeoutError(f"waited {SECONDS:.0f} s for {request.get_method()} {request.full_url}") from error
        except HTTPError as error:
            with error:
                return HttpResponse(error.code, dict(error.headers), error.read())
