"""Every form and every address with whatever may be sent there: no 500, and nobody else's journey changes.

python -m tests.benchmarks.fuzz_web --requests 10000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.clients.page import Form, read_page
from tests.clients.site import Site, example, secret_of

STRANGE: Final = (
    "", " ", "0", "1", "-1", "2", "99999999999999999999", "1e309", "NaN", "true", "null", "\0", "\ud7ff", "’", "\u202e\u2028",
    "../../etc/passwd", "%2e%2e%2f", "<script>alert(1)</script>", "{{7*7}}", "{their}", "${jndi:x}", "' OR 1=1 --", "\r\nSet-Cookie: x=1",
    "ａ", "𝔘", "é" * 300, "x" * 5000, "yes", "no", "she", "check", "about", "2026-02-30", "2026-11-26", "١٢", "AAAAAAAAAAAAAAAAAAAAAA",
    "abandon ability able", "javascript:alert(1)", "//example.org", "[]", "a[b]=c",
)  # fmt: skip
HEADERS: Final[tuple[dict[str, str], ...]] = (
    {}, {}, {}, {}, {"Host": "evil.example"}, {"Cookie": "heartwork=nonsense"}, {"Accept-Encoding": "gzip;q=x"},
    {"X-Forwarded-For": "1, 2, x"}, {"Referer": "http://["}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Accept-Language": ",;q=,"}, {"Content-Type": "multipart/form-data; boundary="}, {"Content-Type": "application/json"},
    {"Range": "bytes=5-1"}, {"If-None-Match": '"x'}, {"X-Request-Id": "x\ty"}, {"Content-Type": "text/plain; charset=none"},
)  # fmt: skip
METHODS: Final = ("GET", "GET", "GET", "HEAD", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
AWAY: Final = frozenset({"/exit"})


class Fuzzer:
    """One stranger with a browser that sends anything."""

    def __init__(self, site: Site, seed: int) -> None:
        self.chance: Final = random.Random(seed)
        self.site: Final = site
        self.seen: Final[Counter[int]] = Counter()
        self.forms: list[Form] = []
        self.client = site.app.test_client()
        self.rules: Final = [rule for rule in site.app.url_map.iter_rules() if rule.rule not in AWAY]

    def run(self, requests: int) -> Counter[int]:
        while self.seen.total() < requests:
            if self.chance.random() < 0.02:
                self.client = self.site.app.test_client()
                self.forms = []
            self._step()
        return self.seen

    def _step(self) -> None:
        dice = self.chance.random()
        if dice < 0.35 and self.forms:
            form = self.chance.choice(self.forms)
            self._send("POST", form.action or "/", self._fields(form), {})
        elif dice < 0.6:
            address = self.chance.choice(
                ("/", "/quiz/1", "/link", "/plan/1", "/plan/1/delete", "/have", "/delete", "/help")
            )
            self._send("GET", address, None, {})
        else:
            rule = self.chance.choice(self.rules)
            path = rule.rule
            for name in rule.arguments:
                for kind in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
                    path = path.replace(kind, quote(self._strange()[:900], safe=""))
            if self.chance.random() < 0.3:
                path += f"?{quote(self._strange())}={quote(self._strange())}"
            fields = {self._strange(): [self._strange()] for _ in range(self.chance.randrange(4))}
            self._send(self.chance.choice(METHODS), path, fields, dict(self.chance.choice(HEADERS)))

    def _fields(self, form: Form) -> dict[str, list[str]]:
        """A form as a person would send it, with some of it changed."""
        fields = dict(form.initial_fields)
        for name in form.names:
            if name != "csrf_token" and self.chance.random() < 0.8:
                values = form.values(name)
                fields[name] = [
                    self.chance.choice(values) if values and self.chance.random() < 0.7 else self._strange()
                ]
        if self.chance.random() < 0.2:
            name = self.chance.choice([*fields, self._strange()])
            fields[name] = [self._strange() for _ in range(self.chance.randrange(4))]
        return fields

    def _strange(self) -> str:
        strange_text = self.chance.choice(STRANGE)
        return strange_text if self.chance.random() < 0.8 else strange_text + self.chance.choice(STRANGE)

    def _send(self, method: str, path: str, fields: dict[str, list[str]] | None, headers: dict[str, str]) -> None:
        answer = self._open(self.client, method, path, fields, headers)
        self.seen[answer.status_code] += 1
        if answer.status_code >= 500:
            raise AssertionError((answer.status_code, method, path, fields, headers))
        if answer.status_code == 200 and answer.mimetype == "text/html" and method in {"GET", "POST"}:
            self.forms = _forms(answer) or self.forms
        elif answer.status_code == 303 and answer.location.startswith("/"):
            following = self._open(self.client, "GET", answer.location, None, {})
            self.seen[following.status_code] += 1
            if following.status_code >= 500:
                raise AssertionError((following.status_code, method, path, fields, headers, answer.location))
            if following.status_code == 200 and following.mimetype == "text/html":
                self.forms = _forms(following) or self.forms

    @staticmethod
    def _open(client: FlaskClient, method: str, path: str, fields: Any, headers: dict[str, str]) -> TestResponse:
        return client.open(path, method=method, data=fields or None, headers=headers)


def _forms(answer: TestResponse) -> list[Form]:
    """The forms of a page that send something; a page without a middle is the one that leads away."""
    page = read_page(answer.get_data(as_text=True))
    return [form for form in page.forms if form.method == "post"] if page.root.find("main") else []


def fuzz(folder: Path, requests: int, seed: int) -> Counter[int]:
    """Send that many requests, and verify that another person's journey is unchanged."""
    site = Site(folder)
    somebody = site.person()
    somebody.start()
    somebody.walk(example("first-weeks"))
    somebody.finish()
    secret = secret_of(somebody)
    before = site.journey(secret)
    seen = Fuzzer(site, seed).run(requests)
    assert site.journey(secret) == before
    assert site.storage.database.check() == ()
    site.storage.close()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        seen = fuzz(Path(folder) / "data", options.requests, options.seed)
    took = time.perf_counter() - began
    print(f"{seen.total()} requests, seed {options.seed}, {took:.0f} s; by status: {dict(sorted(seen.items()))}")


if __name__ == "__main__":
    main()
