"""A report as it stands on paper: plain values, with every word resolved, for a template that only lays them out.

It holds what the text of a report holds: folded notices are left out. Its title tells nobody what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.rendering.render import headings, language, paragraphs, phrase
from engine.report.help_lines import Choice, HelpLine
from engine.report.help_section import HelpGroupInReport, HelpInReport
from engine.report.plan import NoticeInReport, Report
from engine.report.scales import ScaleInReport
from engine.report.steps import StepInReport

PdfData = dict[str, Any]
"""What JSON can hold."""
_LABELS: Final = ("cautions", "done", "why")


def pdf_data(report: Report) -> PdfData:
    """Everything that is printed, in the order of reading. What there is nothing to say of is null or empty."""
    head = headings()
    unfolded = [notice for notice in report.notices if not notice.folded]
    return {
        "language": language(),
        "title": head["plan"],
        "short": report.short,
        "taken": f"{head['taken']} {phrase('day', report.taken_on)}",
        "notices": [_notice(notice) for notice in unfolded if notice.open],
        "named": [notice.title + head["at_end"] for notice in unfolded if not notice.open and not report.short],
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
        "more": [_notice(notice) for notice in unfolded if not notice.open],
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
                "answers": [f"{answered.question} – {phrase('words', answered.answer)}" for answered in reason.answers],
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
    says = [f"{title or head['today']}: {phrase('research', action.evidence)}" for title, action in report.researched]
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
            "title": section.title + (f": {head['whole_section']}" if section.whole else ""),
            "questions": [] if section.whole else [question.question for question in section.questions],
        }
        for section in report.left_open
    ]
    return {"title": head["open"], "about": head["open_about"], "sections": sections}


def _again(report: Report) -> PdfData | None:
    come_back, head = report.come_back, headings()
    if come_back is None:
        return None
    days = [(head["short_look"], come_back.check_in_on), (head["whole"], come_back.on)]
    dates = [f"{label}: {head['from']} {phrase('day', day)}" for label, day in days if day]
    return {"title": head["again"], "text": come_back.text, "dates": dates}


def _help(section: HelpInReport | None) -> PdfData:
    head = headings()
    if section is None:
        return {"title": head["help"], "intro": [head["help_about"]], "lines": [], "groups": [], "outro": []}
    directories = [{"title": head["directories"], "text": [], "lines": _lines(section.directories), "more": []}]
    intro = [section.intro, _above(section.above)]
    between = [section.calls, section.changed]
    elsewhere = head["elsewhere"] if section.elsewhere else None
    return {
        "title": head["help"] + (f": {section.place}" if section.place else ""),
        "intro": [text for text in intro if text],
        "lines": _lines(section.emergency),
        "between": [text for text in between if text],
        "groups": [_group(group) for group in section.groups] + (directories if section.directories else []),
        "outro": [text for text in (elsewhere, section.about) if text],
    }


def _group(group: HelpGroupInReport) -> PdfData:
    text = [group.text, phrase("no_line", group, macros="help_lines"), _above(group.above)]
    more = [
        f"{phrase('line_name', line, macros='help_lines')}, {line.who}: {phrase('line_way', line, macros='help_lines')}"
        for line in group.more
    ]
    return {
        "title": group.title,
        "text": [part for part in text if part],
        "lines": _lines(group.first),
        "more": more,
        "otherwise": group.otherwise,
    }


def _above(lines: Sequence[Choice]) -> str | None:
    return f"{headings()['further_up']} {phrase('line_names', lines, macros='help_lines')}." if lines else None


def _lines(lines: Iterable[HelpLine]) -> list[Mapping[str, Any]]:
    return [_line(line) for line in lines]


def _line(line: HelpLine) -> PdfData:
    head = headings()
    contacts = [f"{head['call']} {phone.number}" + (f" ({phone.note})" if phone.note else "") for phone in line.phones]
    other_contacts = {"text": line.text, "chat": line.chat, "email": line.email}
    contacts += [f"{head[name]} {address}" for name, address in other_contacts.items() if address]
    hours = [phrase("line_hours", line, macros="help_lines"), line.cost]
    hours += [f"{head['languages']} {line.languages}" if line.languages else None]
    notes = [*line.notes, line.warning if line.emergency else None, phrase("line_seen", line, macros="help_lines")]
    return {
        "name": phrase("line_name", line, macros="help_lines"),
        "who": line.who,
        "ways": contacts,
        "link": line.link,
        "facts": " · ".join(text for text in (*hours, " ".join(note for note in notes if note)) if text),
    }
