"""Write the golden files of a new dialect: ``python -m tests.tools.make_golden``.

They define the meaning of a released dialect: ``tests/engine/content/test_golden.py`` expects the same results for the same
snapshot and answers from every later version. The script therefore refuses to overwrite the files of a dialect. Until a
dialect is released, its folder may be deleted and written again, with the reason in the changelog.

The content is ``tests/golden/content``, a pack that uses every feature of a dialect, as a test checks. For a new dialect,
first add its new features there.
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from engine.answers.answers_file import read_answers_file
from engine.assessment.pipeline import Assessment, assess
from engine.content.pack import Pack
from engine.loading.library import Library, load_library, load_snapshot
from engine.rendering.render import render
from engine.report.plan import build_report
from tests.factories.random_packs import random_answer
from tests.paths import GOLDEN

FOLDER: Final = GOLDEN
CONTENT: Final = FOLDER / "content"
PACK, FULL, AGAIN = "every", "every", "again"
PEOPLE, CHECK_INS, SEED = 60, 8, 1
ANSWERS: Final = """\
# Answers to tests/golden/content, as it was when this dialect was released.
heartwork: 1
questionnaire: every
taken_on: 2026-10-05
answers:
  word: he
  name: "Sam *S*"
  since: 2026-04-01
  talk: some
  worth: much
  signs: [called, wrote]
  burdens: [work, home]
  songs: 2
  calm: 1
  rest: 2
  hurry: 1
  hours: 5.5
  walks: 7
  alone: false
  afraid: false
  plans: null
"""


def main() -> None:
    """Write all files; refuse if the dialect has them."""
    pack = load_library(CONTENT).packs[PACK]
    folder = FOLDER / f"dialect-{pack.content.dialect}"
    if folder.exists():
        sys.exit(f"{folder} is there: what a dialect means does not change. See the head of this file.")
    folder.mkdir()
    files = golden_files(pack)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    # Last, because it is computed from the files above.
    (folder / "plan.json").write_text(plan_of(folder), encoding="utf-8", newline="\n")


def golden_files(pack: Pack) -> dict[str, str]:
    """The snapshot, its digests, the answers, and the results for many random people."""
    digests = {"content": pack.content_digest, "meaning": pack.meaning_digest}
    people = [
        {"answers": answers, "taken_on": day, **outcome(pack, FULL, answers, day)}
        for answers, day in random_people(pack)
    ]
    again = [
        {"answers": answers, "taken_on": day, **outcome(pack, AGAIN, answers, day)}
        for answers, day in random_people(pack, AGAIN, CHECK_INS)
    ]
    return {
        "snapshot.json": pack.snapshot + "\n",
        "digests.json": json.dumps(digests, indent=2) + "\n",
        "answers.yaml": ANSWERS,
        "people.json": "[\n"
        + ",\n".join(json.dumps(person, ensure_ascii=False) for person in [*people, *again])
        + "\n]\n",
    }


def plan_of(folder: Path) -> str:
    """The report for a dialect's answers and snapshot."""
    pack = load_snapshot((folder / "snapshot.json").read_text(encoding="utf-8"))
    sitting = read_answers_file(folder / "answers.yaml", Library({pack.id: pack}))
    return render(build_report(sitting.assess()), "json")


def random_people(pack: Pack, form: str = FULL, count: int = PEOPLE) -> list[tuple[dict[str, Any], str]]:
    """People with random answers on random days, some with unanswered items."""
    random = Random(SEED)
    items = [item.model_dump(exclude_none=True) for item in pack.forms[form].items]
    people = []
    for _ in range(count):
        missing = random.choice((0, 0.1, 0.5))
        answers = {item["id"]: random_answer(random, item) for item in items if random.random() >= missing}
        if "word" in {item["id"] for item in items}:
            answers |= {"word": random.choice(("they", "he"))}
            answers |= {"since": (date(2026, 1, 1) + timedelta(days=random.randrange(400))).isoformat()}
        if "hours" in answers:
            answers["hours"] = random.randrange(28) / 2
        if "walks" in answers:
            answers["walks"] = random.randrange(31)
        people.append((answers, (date(2026, 9, 1) + timedelta(days=random.randrange(200))).isoformat()))
    return people


def outcome(pack: Pack, form: str, answers: dict[str, Any], taken_on: str) -> dict[str, Any]:
    """A summary of the results of answers: scales, rules, findings, kind, notices, remarks and steps."""
    assessment: Assessment = assess(pack, form, answers, date.fromisoformat(taken_on))
    plan = assessment.plan
    return {
        "questionnaire": form,
        "hidden": sorted(set(pack.forms[form].item_ids) - set(assessment.responses.visible)),
        "scales": {name: [scale.value, scale.band] for name, scale in sorted(assessment.scales.items())},
        "rules": {firing.rule: list(firing.items) for firing in assessment.trace.firings},
        "findings": sorted(assessment.trace.findings),
        "kind": plan.kind.id if plan else None,
        "notices": [notice.id for notice in plan.notices] if plan else [],
        "remarks": {slot: [remark.id for remark in remarks] for slot, remarks in plan.remarks.items()} if plan else {},
        "steps": [
            [
                step.id,
                step.emphasis,
                step.effective,
                *([added.id for added in kind] for kind in (step.actions, step.cautions)),
            ]
            for step in (plan.steps if plan else ())
        ],
    }


if __name__ == "__main__":
    main()
