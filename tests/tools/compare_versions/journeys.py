"""A walk through a whole journey: answers, a return after some weeks, and the deletion at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from .browser import Diary, Names, Visitor
from .forms import VisitedPage
from .processes import BEGINNING, Checkout, Clock, Server, plain_output, serving

UNRELATED_WORDS: Final = "abandon ability able about above absent absorb abstract absurd abuse access accident"
"""Twelve words of the list with a wrong checksum."""


@dataclass(frozen=True)
class Site:
    """A running server, its clock, and the folder of the records."""

    folder: Path
    server: Server
    clock: Clock
    names: Names

    @classmethod
    @contextmanager
    def running(cls, checkout: Checkout, folder: Path, name: str, **settings: str) -> Iterator[Site]:
        """Run a site on a free port with an empty data folder."""
        with TemporaryDirectory(prefix="heartwork-compare-") as temporary:
            clock = Clock(Path(temporary, "clock"))
            clock.set(BEGINNING)
            with serving(checkout, Path(temporary, "data"), clock, **settings) as server:
                yield cls(folder, server, clock, Names())
            printed = server.output.text
            text = plain_output(printed, {temporary: "<temporary>", str(checkout.folder): "<checkout>"})
            (folder / f"server-{name}.txt").write_text(f"{text}exit code {server.stop()}\n", encoding="utf-8")

    def visitor(self, walk: str) -> Visitor:
        """A person with a new browser, whose pages are recorded in a folder of this name."""
        return Visitor(self.server.address, Diary(self.folder / walk, self.server.address, self.names))

    def return_later(self, walk: str, link: str, **time_passed: float) -> Visitor:
        """The same person on another device, after some time, with the private link."""
        self.clock.move(**time_passed)
        visitor = self.visitor(walk)
        visitor.send(visitor.get(link).posted_form("/open"))
        return visitor


def whole_journey(site: Site, answers: dict[str, Any]) -> None:
    """All features of a journey: two full sittings, a check-in, notes, files, a new link and deletion."""
    visitor = site.visitor("whole-1-first-day")
    begin(visitor)
    first_page_with_mistakes(visitor, answers["ordinary"], answers["ordinary_later"])
    visitor.walk(answers["ordinary"])
    visitor.look_around()
    visitor.send(visitor.get("/quiz/1/check").posted_form("/finish"))
    visitor.get("/plan/1")
    visitor.look_around()
    link = own_link(visitor)
    notes_and_country(visitor)
    changed_answer(visitor, answers)
    files(visitor, 1)
    kept_place(visitor)
    expired(site, visitor, answers, link)
    visitor = site.return_later("whole-2-check-in", link, days=7)
    check_in(visitor, answers["check_in"])
    visitor = site.return_later("whole-3-frightened", link, days=2)
    check_in(visitor, answers["check_in_frightened"])
    visitor = site.return_later("whole-4-second-time", link, days=33)
    second_time(visitor, answers["ordinary_later"])
    visitor = site.return_later("whole-5-one-less", link, days=1)
    one_less(visitor)
    link = new_link(site, visitor, link)
    typed_links(site, visitor, link)
    everything_deleted(visitor, link)


def begin(visitor: Visitor) -> VisitedPage:
    """Start as an adult; a second start has no effect."""
    visitor.send(visitor.get("/start").posted_form("/start"), {"adult": ["yes"]})
    visitor.get("/start?open=1")
    visitor.send(visitor.get("/start").posted_form("/start"), {"adult": ["yes"]})
    return visitor.get("/quiz/1")


def first_page_with_mistakes(visitor: Visitor, answers: dict[str, Any], others: dict[str, Any]) -> None:
    """Send the first page empty, with invalid answers, forged, for another sitting and twice; then go back and stop.

    Args:
        others: the answers of another tab, which shows an older page.
    """
    form = visitor.page.posted_form()
    visitor.send(form)
    odd = {name: ["nothing of this"] for name in sorted(form.names)}
    visitor.send(visitor.page.posted_form(), odd)
    filled = visitor.fill(form, answers)
    visitor.send(form, {**filled, "csrf_token": ["wrong"]})
    visitor.send(visitor.page.posted_form(), {"sitting": ["0" * 32]})
    visitor.send(form, filled)
    visitor.send(form, {**filled, **{name: [] for name in sorted(filled)[:1]}})
    visitor.send(form, visitor.fill(form, others))
    visitor.send(form, filled)
    page = visitor.page
    for word in ("back", "later"):
        if ("then", word) in page.posted_form().buttons:
            visitor.send(page.posted_form(), button=("then", word))
    visitor.get("/quiz/1/later")
    visitor.get("/quiz/1")


def notes_and_country(visitor: Visitor) -> None:
    """Set each state of a note, remove a note, send invalid notes, and choose a country."""
    for place, state in enumerate(("done", "doing", "not_for_me")):
        forms = [form for form in visitor.get("/plan/1").forms if ("state", state) in form.buttons]
        visitor.send(forms[min(place, len(forms) - 1)], button=("state", state))
    noted = next(form for form in visitor.get("/plan/1").forms if form.buttons == [("state", "")])
    visitor.send(noted, button=("state", ""))
    form = next(form for form in visitor.get("/plan/1").forms if ("state", "done") in form.buttons)
    done = {"state": ["done"]}
    for changes in ({"state": ["nonsense"]}, {**done, "action": ["nothing"]}, {**done, "sitting": ["x"]}):
        visitor.request("POST", form.action, {**form.initial_fields, **changes}, {})
    for country in ("uk", "nowhere", "ie"):
        visitor.send(visitor.get("/plan/1").posted_form("/country"), {"country": [country]})


def changed_answer(visitor: Visitor, answers: dict[str, Any]) -> None:
    """Change an answer from the plan, once with and once without an effect."""
    links = [link for link in visitor.get("/plan/1").main_links if "back=plan" in link]
    later = answers["ordinary_later"]
    for link in links[:3]:
        form = visitor.get(link).posted_form()
        visitor.send(form, visitor.fill(form, later))
        visitor.send(visitor.get(link).posted_form())
        visitor.send(visitor.get(link).posted_form(), visitor.fill(form, answers["ordinary"]))


def files(visitor: Visitor, number: int) -> None:
    """Download every file by the forms of the page, with and without confirmation."""
    path = f"/plan/{number}"
    for form in visitor.get(f"{path}/file").forms:
        visitor.send(form)
        visitor.send(form, {"sure": ["yes"]})
    for query in ("paper=letter", "with=own_behaviour&with=domestic_abuse", "sure=yes&paper=letter&with=nothing"):
        visitor.get(f"{path}/plan.pdf?{query}")
    for ending in ("week.ics", "what-if", "weeks", "file?sure=no", "file?sure=answers", "answers.json"):
        visitor.get(f"{path}/{ending}")
    for file in ("/everything.json", "/everything.json?sure=yes", "/plan/99/answers.json?sure=yes"):
        visitor.get(file)


def kept_place(visitor: Visitor) -> None:
    """Enable and disable staying signed in on this device, and open the first page after each."""
    for choice in ("yes", "no"):
        visitor.send(visitor.get("/link?next=/plan/1").posted_form("/keep"), {"keep": [choice]})
        visitor.get("/")
    visitor.get("/link/qr.svg")
    visitor.get("/plans")


def expired(site: Site, visitor: Visitor, answers: dict[str, Any], link: str) -> None:
    """Send a page after the session has expired; then enter wrong words, and the link, which saves it."""
    changes = [link for link in visitor.get("/quiz/1/check").main_links if "back=check" in link]
    late = visitor.get(changes[0]).posted_form()
    site.clock.move(hours=5)
    visitor.send(late, visitor.fill(late, answers["ordinary_later"]))
    for typed in ("", "three little words", UNRELATED_WORDS, f"/open/{'A' * 22}"):
        visitor.send(visitor.page.posted_form(), {"reopen": [typed]})
    visitor.send(visitor.page.posted_form(), {"reopen": [link]})
    visitor.send(visitor.get("/quiz/1/check").posted_form("/finish"))
    site.clock.move(hours=5)
    visitor.get("/plan/1")
    visitor.get("/exit")
    visitor.get("/plan/1")


def check_in(visitor: Visitor, answers: dict[str, Any]) -> None:
    """Take a check-in from the list of plans, and look at its effect on the plan."""
    begin_again(visitor, "check-in")
    begun = visitor.page.path
    for path in ("/plans", "/plan/1"):
        visitor.get(path)
    visitor.get(begun)
    visitor.walk(answers)
    visitor.send(visitor.page.posted_form("/finish"))
    for path in ("what-if", "weeks", "week.ics", "file", "plan.pdf"):
        visitor.get(f"/plan/1/{path}")
    for path in ("/plans", "/timeline", "/continue", "/plan/2", "/compare/1/2", "/compare/1/2?show=1"):
        visitor.get(path)


def begin_again(visitor: Visitor, questionnaire: str) -> VisitedPage:
    """Begin a questionnaire from the list of plans."""
    return visitor.send(visitor.get("/plans").posted_form("/plans/new", questionnaire=questionnaire))


def second_time(visitor: Visitor, answers: dict[str, Any]) -> None:
    """Take all questions again with an interruption; then compare both sittings, and look at all over time."""
    begin_again(visitor, "breakup")
    begun = visitor.page.path
    for path in ("/", "/plans", "/plan/1", "/timeline"):
        visitor.get(path)
    visitor.get(begun)
    visitor.walk(answers)
    visitor.send(visitor.page.posted_form("/finish"))
    number = visitor.page.path.rpartition("/")[2]
    visitor.look_around()
    files(visitor, int(number))
    visitor.get("/plans")
    visitor.look_around()
    visitor.send(next(form for form in visitor.get("/plans").forms if form.action == "/compare"))
    for pair in (f"/{number}/1", f"/1/{number}?show=1", "?a=1&b=1", "?a=x&b=1", "", "/1/1", "/1/99"):
        visitor.get(f"/compare{pair}")
    for path in ("/timeline?show=1", "/plan/1", f"/plan/{number}", "/continue"):
        visitor.get(path)


def one_less(visitor: Visitor) -> None:
    """Begin a draft, and delete a sitting: without confirmation, with confirmation, and once more."""
    begin_again(visitor, "breakup")
    form = visitor.get("/sitting/2/delete").posted_form("/sitting/2/delete")
    visitor.send(form, {"confirm": []})
    visitor.send(form)
    visitor.send(form)
    for path in ("/sitting/2/delete", "/plan/2", "/plan/1", "/timeline", "/everything.json?sure=yes"):
        visitor.get(path)


# The private link


def own_link(visitor: Visitor) -> str:
    """The private link, as a path."""
    elements = visitor.get("/link").main.walk()
    address = next(element.text for element in elements if element.attributes.get("id") == "address")
    return address[address.index("/open/") :]


def new_link(site: Site, visitor: Visitor, link: str) -> str:
    """Replace the link: without confirmation, with a forged form, with a valid form and again; then try the old link."""
    form = visitor.get("/link/new").posted_form("/link/new")
    visitor.send(form, {"confirm": []})
    visitor.send(visitor.get("/link/new").posted_form("/link/new"), {"sealed": ["nonsense"]})
    form = visitor.get("/link/new").posted_form("/link/new")
    visitor.send(form)
    visitor.send(form)
    visitor.get("/plan/1")
    stranger = site.visitor("whole-6-old-link")
    stranger.send(stranger.get(link).posted_form("/open"))
    return own_link(visitor)


def typed_links(site: Site, owner: Visitor, link: str) -> None:
    """Enter the link and its words, valid and invalid, also while another plan is open."""
    owner.get("/link")
    words = owner.page.words()
    visitor = site.visitor("whole-7-typed")
    mistyped = [*words[:11], "elephantine"]
    swapped = [words[1], words[0], *words[2:]]
    for text in (
        "",
        "x",
        " ".join(words[:5]),
        " ".join(mistyped),
        " ".join(swapped),
        UNRELATED_WORDS,
        f"see {link} there",
    ):
        visitor.send(visitor.get("/have").posted_form("/have"), {"text": [text]})
    visitor.send(visitor.get("/have").posted_form("/have"), {"text": [", ".join(words).upper()]})
    other = site.visitor("whole-8-another-open")
    other.send(other.get("/start").posted_form("/start"), {"adult": ["yes"]})
    other.send(other.get("/have").posted_form("/have"), {"text": [link]})
    other.send(other.get(link).posted_form("/open"))
    other.send(other.get(link).posted_form("/open"), {"replace": ["yes"]})
    other.get(link)
    other.send(other.get("/start?open=1").posted_form("/start"), {"adult": ["yes"]})
    other.get("/quiz/1")


def everything_deleted(visitor: Visitor, link: str) -> None:
    """Delete everything, without and with confirmation; then open the link, and send a late page."""
    form = visitor.get("/delete").posted_form("/delete")
    late = visitor.get("/quiz/1").posted_form()
    visitor.send(form, {"confirm": []})
    visitor.send(form)
    visitor.send(late)
    visitor.get("/plans")
    visitor.send(visitor.get(link).posted_form("/open"))
