"""A report as it stands on paper: plain values, with every word resolved, for a template that only lays them out.

It holds what the text of a report holds: folded notices are left out. Its title tells nobody what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.rendering.render import headings, language, paragraphs, phrase
from engine.report.help_lines import Choice, HelpLine
from engine.report.help_section import HelpGroupInReport, HelpInReport
from engine.report.plan import NoticeInReport, Report, ScaleInReport
from engine.report.steps import StepInReport

PdfData = dict[str, Any]
"""What JSON can hold."""
_LABELS: Final = ("cautions", "done", "why")


def pdf_data(report: Report) -> PdfData:
    """Everything that is printed, in the order of reading. What there is nothing to say of is null or empty."""
    head = headings()
    shown = [notice for notice in report.notices if not notice.folded]
    return {
        "language": language(),
        "title": head["plan"],
        "short": report.short,
        "taken": f"{head['taken']} {phrase('day', report.taken_on)}",
        "notices": [_notice(notice) for notice in shown if notice.open],
        "named": [notice.title + head["at_end"] for notice in shown if not notice.open and not report.short],
        "kind": phrase("kind_line", report),
        "heading": report.heading,
        "opening": paragraphs(report.opening) if report.opening else [],
        "situation": " ".join(report.situation),
        "today": _today(report),
        "why_first": _why_first(report),
        "week": _steps("week", report.this_week),
        "later": _steps("later", report.later),
        "not_now": _not_now(report),
        "scales": _scales(report.scales),
        "open": _open(report),
        "again": _again(report),
        "more": [_notice(notice) for notice in shown if not notice.open],
        "help": _help(report.help),
        "research": _research(report),
        "made": f"{head['made']} “{report.questionnaire}”.",
        "labels": {name: head[name] for name in _LABELS},
    }


def _notice(notice: NoticeInReport) -> PdfData:
    see = [f"{headings()['help']}: {title}" for title in notice.see]
    return {"title": notice.title, "text": paragraphs(notice.text), "lines": _lines(notice.lines), "see": see}


def _today(report: Report) -> PdfData | None:
    if report.today is None and report.leave_alone is None:
        return None
    return {
        "title": headings()["today"],
        "action": report.today.action.text if report.today else None,
        "leave": headings()["leave"],
        "alone": report.leave_alone,
    }


def _why_first(report: Report) -> PdfData | None:
    """Why the plan begins where it does. Questions and answers are printed here alone."""
    if not report.this_week:
        return None
    first = report.this_week[0]
    return {
        "title": headings()["why_first"],
        "step": first.title,
        "reasons": [
            {
                "text": reason.sentence,
                "answers": [f"{one.question} – {phrase('words', one.answer)}" for one in reason.answers],
            }
            for reason in first.reasons
        ],
        "default_reason": first.default_reason,
    }


def _steps(name: str, steps: Sequence[StepInReport]) -> PdfData | None:
    if not steps:
        return None
    return {
        "title": headings()[name],
        "steps": [_step(step, name == "week" and step is steps[0]) for step in steps],
    }


def _step(step: StepInReport, first: bool = False) -> PdfData:
    why = [reason.sentence for reason in step.reasons] + ([step.default_reason] if step.default_reason else [])
    return {
        "number": str(step.position),
        "title": step.title,
        "emphasis": step.emphasis,
        "word": phrase("emphasis", step.emphasis),
        "summary": step.summary,
        "why": [] if first else why,
        "actions": [action.text for action in step.actions],
        "cautions": list(step.cautions),
        "done_when": step.done_when,
    }


def _research(report: Report) -> PdfData | None:
    """What research says, of each step by its title."""
    if not report.researched:
        return None
    head = headings()
    says = [f"{title or head['today']}: {phrase('research', one.evidence)}" for title, one in report.researched]
    return {"title": head["research"], "says": says}


def _not_now(report: Report) -> PdfData | None:
    if not report.not_now:
        return None
    because = paragraphs(report.not_now_because) if report.not_now_because else []
    steps = [_step(step) for step in report.not_now if step.title]
    return {"title": headings()["not_now"], "because": because, "steps": steps}


def _scales(scales: Iterable[ScaleInReport]) -> PdfData | None:
    """A table of the scales; the line that is drawn in it says the same as the words beside it."""
    head = headings()
    rows = [
        {
            "title": scale.title,
            "score": phrase("score", scale),
            "position": scale.position,
            "ends": [phrase("number", scale.lowest), phrase("number", scale.highest)],
            "drawn": f"{scale.title}: {phrase('on_line', scale)}" if scale.position is not None else None,
            "words": scale.band.words if scale.band else None,
            "about": scale.about,
        }
        for scale in scales
    ]
    return {"title": head["scales"], "head": [head["scale"], head["lies"]], "rows": rows} if rows else None


def _open(report: Report) -> PdfData | None:
    if not report.left_open:
        return None
    head = headings()
    sections = [
        {
            "title": one.title + (f": {head['whole_section']}" if one.whole else ""),
            "questions": [] if one.whole else [question.question for question in one.questions],
        }
        for one in report.left_open
    ]
    return {"title": head["open"], "about": head["open_about"], "sections": sections}


def _again(report: Report) -> PdfData | None:
    again, head = report.come_back, headings()
    if again is None:
        return None
    days = [(head["short_look"], again.check_in_on), (head["whole"], again.on)]
    dates = [f"{label}: {head['from']} {phrase('day', day)}" for label, day in days if day]
    return {"title": head["again"], "text": again.text, "dates": dates}


def _help(found: HelpInReport | None) -> PdfData:
    head = headings()
    if found is None:
        return {"title": head["help"], "intro": [head["help_about"]], "lines": [], "groups": [], "outro": []}
    directories = [{"title": head["directories"], "text": [], "lines": _lines(found.directories), "more": []}]
    intro = [found.intro, _above(found.above)]
    between = [found.calls, found.changed]
    elsewhere = head["elsewhere"] if found.elsewhere else None
    return {
        "title": head["help"] + (f": {found.place}" if found.place else ""),
        "intro": [text for text in intro if text],
        "lines": _lines(found.emergency),
        "between": [text for text in between if text],
        "groups": [_group(one) for one in found.groups] + (directories if found.directories else []),
        "outro": [text for text in (elsewhere, found.about) if text],
    }


def _group(group: HelpGroupInReport) -> PdfData:
    text = [group.text, phrase("no_line", group, of="help_lines"), _above(group.above)]
    more = [
        f"{phrase('line_name', one, of='help_lines')}, {one.who}: {phrase('line_way', one, of='help_lines')}"
        for one in group.more
    ]
    return {
        "title": group.title,
        "text": [one for one in text if one],
        "lines": _lines(group.first),
        "more": more,
        "otherwise": group.otherwise,
    }


def _above(lines: Sequence[Choice]) -> str | None:
    return f"{headings()['further_up']} {phrase('line_names', lines, of='help_lines')}." if lines else None


def _lines(lines: Iterable[HelpLine]) -> list[Mapping[str, Any]]:
    return [_line(one) for one in lines]


def _line(one: HelpLine) -> PdfData:
    head = headings()
    ways = [f"{head['call']} {phone.number}" + (f" ({phone.note})" if phone.note else "") for phone in one.phones]
    others = {"text": one.text, "chat": one.chat, "email": one.email}
    ways += [f"{head[name]} {way}" for name, way in others.items() if way]
    hours = [phrase("line_hours", one, of="help_lines"), one.cost]
    hours += [f"{head['languages']} {one.languages}" if one.languages else None]
    notes = [*one.notes, one.warning if one.emergency else None, phrase("line_seen", one, of="help_lines")]
    return {
        "name": phrase("line_name", one, of="help_lines"),
        "who": one.who,
        "ways": ways,
        "link": one.link,
        "facts": " · ".join(text for text in (*hours, " ".join(note for note in notes if note)) if text),
    }
