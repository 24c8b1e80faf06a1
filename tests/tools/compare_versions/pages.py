"""Walks through all pages of a running ``heartwork serve``: people who come, answer, come back, and delete everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from .browser import Visitor
from .forms import Fields, visited_page
from .journeys import Site, begin, begin_again, files, own_link, whole_journey
from .processes import Checkout

WALKERS: Final = Path(__file__).with_name("walkers.json")
OFTEN: Final = "900000 per second"
FREE: Final = {
    **dict.fromkeys(("start_limit", "open_limit"), OFTEN),
    "log_requests": "yes",
    "log_format": "json",
    "metrics": "loopback",
}
PUBLISHED: Final = {
    "base_url": "https://plan.example",
    "proxy_hops": "1",
    "start_limit": "2 per hour",
    "open_limit": "2 per hour",
    "operator_name": "Example Trust",
    "operator_contact": "help@example.org",
    "default_country": "uk",
    "timezone": "Pacific/Auckland",
    "log_requests": "yes",
}
"""The settings of a site as its operator publishes it."""

OPEN_PAGES: Final = (
    *("/favicon.ico", "/robots.txt", "/example", "/young", "/help", "/privacy", "/accessibility", "/lost", "/have"),
    *("/deleted", "/healthz", "/readyz"),
)
CLOSED_PAGES: Final = (
    "/continue",
    "/plans",
    "/plan/1",
    "/quiz/1",
    "/link",
    "/compare/1/2",
    "/timeline",
    "/everything.json",
)
LINK_FAULTS: Final = (
    *("malformed", "word_count&count=3", "unknown_word&positions=2.5&count=12", "checksum", "empty", "closed", "other"),
    "nonsense",
)


def capture_pages(checkout: Checkout, folder: Path) -> None:
    """Write down every page that some people see, and what the server prints meanwhile."""
    answers = json.loads(WALKERS.read_text(encoding="utf-8"))
    with Site.running(checkout, folder, "main", **FREE) as site:
        public_pages(site.visitor("public"))
        wrong_requests(site.visitor("wrong"))
        whole_journey(site, answers)
        safety_journey(site, answers)
        clear_no_journey(site, answers)
        watched(site.visitor("watched"))
    with Site.running(checkout, folder, "published", **PUBLISHED) as site:
        published_pages(site.visitor("published"))


# Pages that need no journey


def public_pages(visitor: Visitor) -> None:
    """What anybody can open, with the files that pages are made of."""
    page = visitor.get("/")
    attributes = [element.attributes for element in page.root.walk() if element.tag in {"link", "script"}]
    addresses = [values.get("href") or values.get("src", "") for values in attributes]
    files = [address for address in addresses if address.startswith("/")]
    for path in (*files, *OPEN_PAGES, *CLOSED_PAGES):
        visitor.get(path)
    countries = [control.value for control in visitor.get("/help").forms[0].controls if control.name == "country"]
    for country in countries:
        for audience in ("", "women", "men"):
            visitor.get(f"/help?country={country}&for={audience}")
    visitor.get("/young?country=uk")
    for fault in LINK_FAULTS:
        visitor.get(f"/have?e={fault}")
    for choice in ("", "no"):
        visitor.send(visitor.get("/start").posted_form("/start"), {"adult": [choice] if choice else []})
    visitor.get("/exit")


def wrong_requests(visitor: Visitor) -> None:
    """What cannot be taken: pages that are not there, forged forms, too much, from elsewhere."""
    for path in ("/nowhere", "/static/nothing.css", "/open/x", f"/open/{'A' * 22}", "/quiz/x", "/plan/0", "/metrics/x"):
        visitor.get(path)
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE"):
        visitor.request(method, "/", None, {})
    visitor.get("/start")
    visitor.request("POST", "/help", None, {})
    start = visitor.get("/start").posted_form("/start")
    forged: tuple[Fields, ...] = ({"csrf_token": ["wrong"]}, {"csrf_token": []})
    for changes in forged:
        visitor.send(start, {"adult": ["yes"], **changes})
    for path in ("/open", "/have", "/delete", "/link/new", "/quiz/1/you_two", "/plans/new", "/plan/1/tick"):
        visitor.request("POST", path, {"text": ["something typed"], "code": ["x"]}, {})
    fields = {**start.initial_fields, "adult": ["yes"]}
    visitor.request("POST", "/start", fields, {"Sec-Fetch-Site": "cross-site"})
    visitor.request("POST", "/start", fields, {"Origin": "https://elsewhere.example"})
    visitor.request("GET", "/", None, {"Host": "elsewhere.example"})
    parts = b'--x\r\nContent-Disposition: form-data; name="adult"\r\n\r\nyes\r\n--x--\r\n'
    visitor.request("POST", "/start", None, {"Content-Type": "multipart/form-data; boundary=x"}, parts)
    visitor.request("POST", "/start", {"adult": ["y" * 200_000]}, {})
    visitor.request("POST", "/start", {f"field{number}": ["x"] for number in range(600)}, {})


# Two other people


def safety_journey(site: Site, answers: dict[str, Any]) -> None:
    """A person who may be at risk: what is said at once, a plan that is kept short, and files only after a question."""
    visitor = site.visitor("safety")
    begin(visitor)
    visitor.walk(answers["safety"])
    visitor.look_around()
    visitor.send(visitor.get("/quiz/1/check").posted_form("/finish"))
    visitor.get("/plan/1")
    visitor.look_around()
    files(visitor, 1)
    link = own_link(visitor)
    visitor = site.return_later("safety-again", link, days=40)
    begin_again(visitor, "breakup")
    visitor.walk(answers["dark"])
    visitor.send(visitor.page.posted_form("/finish"))
    visitor.look_around()
    for path in ("/compare/1/2", "/compare/1/2?show=1", "/timeline", "/timeline?show=1", "/plans"):
        visitor.get(path)
    visitor.send(visitor.get("/delete").posted_form("/delete"))


def clear_no_journey(site: Site, answers: dict[str, Any]) -> None:
    """A person who was asked to stop, with a first plan as soon as there may be one, and the rest of the questions later."""
    visitor = site.visitor("clear-no")
    begin(visitor)
    visitor.walk(answers["clear_no"], until="/offer")
    visitor.send(visitor.page.posted_form(), button=visitor.page.posted_form().buttons[0])
    visitor.look_around()
    visitor.get("/quiz/1")
    visitor.walk(answers["clear_no"])
    visitor.get("/plan/1")
    visitor.send(visitor.get("/quiz/1/check").posted_form("/finish"))
    visitor.look_around()
    files(visitor, 1)
    visitor.send(visitor.get("/link").posted_form("/keep"), {"keep": ["yes"]})
    site.clock.move(days=2)
    visitor.get("/")
    visitor.get("/plan/1")


# What operators see


def watched(visitor: Visitor) -> None:
    """Health, readiness, and the names of what is counted; how often and how long differs."""
    for path in ("/healthz", "/readyz", "/metrics"):
        visitor.get(path)


def published_pages(visitor: Visitor) -> None:
    """A site with an operator, a country and https, requested as by its proxy; then too many requests."""
    headers = {"Host": "plan.example", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
    for path in (
        "/help",
        "/young",
        "/privacy",
        "/have",
        f"/open/{'A' * 22}",
        "/metrics",
        "/readyz",
        "/nowhere",
        "/",
        "/start",
    ):
        reply = visitor.request("GET", path, None, headers)
    start = visited_page("/start", reply.text).form("/start")
    for number in range(4):
        visitor.request("POST", "/start", {**start.initial_fields, "adult": ["yes"], "another": ["yes"]}, headers)
        visitor.request("POST", "/open", {**start.initial_fields, "code": ["A" * 21 + "QgwA"[number]]}, headers)
    for path in ("/plan/1", "/quiz/1", "/link", "/exit"):
        visitor.request("GET", path, None, headers)
    visitor.request("GET", "/", None, {"Host": "elsewhere.example"})
