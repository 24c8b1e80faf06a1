"""A client that resends a form that could not be saved, as the error page offers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from tests.servers.server_process import HttpClient, HttpResponse
from tests.servers.waiting import SECONDS

PAUSE: Final = 0.2
"""Seconds between two attempts."""


class PatientClient(HttpClient):
    """A client that repeats each request with its fields while the answer is 503."""

    refused: int = 0

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self._until_taken(super().get(path, **headers), lambda _: HttpClient.get(self, path, **headers))

    def post(self, path: str, fields: Mapping[str, list[str]]) -> HttpResponse:
        return self._until_taken(super().post(path, fields), self._send_offered)

    def _send_offered(self, refusal: HttpResponse) -> HttpResponse:
        form = next(form for form in refusal.page.forms if form.method == "post")
        return HttpClient.post(self, form.action, form.initial_fields)

    def _until_taken(self, response: HttpResponse, again: Callable[[HttpResponse], HttpResponse]) -> HttpResponse:
        deadline = time.monotonic() + SECONDS
        while response.status == 503:
            assert time.monotonic() < deadline, f"waited {SECONDS:.0f} s for a request to be taken"
            self.refused += 1
            time.sleep(PAUSE)
            response = again(response)
        return response
