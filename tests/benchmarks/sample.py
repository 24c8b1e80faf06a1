"""The pack that the benchmarks measure, generated: 36 items, 120 rules, 4 strata, 11 steps."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

import yaml

from tests.factories.random_packs import FULL, Raw, form, multiple, number, random_answer, rating, rule, single, yes_no

STEPS: Final = tuple(f"step-{number}" for number in range(1, 12))
STRATA: Final = ((8, 0), (60, 25), (32, 15), (20, 0))
"""Rules of each stratum, gates first, and how many findings they record."""


def sample(seed: int = 1) -> Raw:
    """The pack as plain values."""
    random = Random(seed)
    ratings = [rating(f"feeling-{index}", first=index % 2) for index in range(24)]
    choices = [
        single(f"choice-{index}", *(f"option-{option_number}" for option_number in range(5))) for index in range(6)
    ]
    several = [
        multiple(f"several-{index}", *(f"one-{option_number}" for option_number in range(6)), none="none")
        for index in range(2)
    ]
    further_items = [yes_no("asked-before"), yes_no("living-together"), number("months", 0, 600, whole=True)]
    items = [*ratings, *choices, *several, *further_items, {"id": "since", "type": "date", "text": "?"}]
    scales = [_scale(index, [item["id"] for item in ratings[index * 3 : index * 3 + 3]]) for index in range(8)]
    return {
        "dialect": 1,
        "pack": "p",
        "title": "Sample",
        "emphasis": {"focus": 20, "steady": 5},
        "kinds": [
            {"id": "safety", "title": "?"},
            {"id": "space", "title": "?", "caps": [{"tag": "contact", "at": "light"}]},
            {"id": "usual", "title": "?", "default": True},
        ],
        "notices": [{"id": f"notice-{index}", "title": "?", "text": "?"} for index in range(4)],
        "steps": [_step(index, name, random) for index, name in enumerate(STEPS)],
        "questionnaires": [form(FULL, items, scales)],
        "rules": _rules(random, items, scales),
    }


def people(raw: Raw, count: int, seed: int = 1) -> list[Raw]:
    """Whole questionnaires, filled in at random."""
    random = Random(seed)
    items = raw["questionnaires"][0]["sections"][0]["items"]
    return [{item["id"]: random_answer(random, item) for item in items} for _ in range(count)]


def write(raw: Raw, folder: Path) -> Path:
    """The pack as the files an author would have written."""
    questionnaires, rules = folder / "questionnaires", folder / "rules" / "p"
    questionnaires.mkdir()
    rules.mkdir(parents=True)
    for questionnaire in raw["questionnaires"]:
        (questionnaires / f"{questionnaire['questionnaire']}.yaml").write_text(_yaml(questionnaire), encoding="utf-8")
    steps = {key: value for key, value in raw.items() if key not in {"questionnaires", "rules"}}
    (rules / "steps.yaml").write_text(_yaml(steps), encoding="utf-8")
    for first in range(0, len(raw["rules"]), 20):
        (rules / f"topic-{first}.yaml").write_text(_yaml({"rules": raw["rules"][first : first + 20]}), encoding="utf-8")
    return folder


class _Written(yaml.CSafeDumper):
    """YAML without anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the name is given
        return True


def _yaml(value: Raw) -> str:
    return str(yaml.dump(value, Dumper=_Written, sort_keys=False, allow_unicode=True))


def _scale(index: int, items: list[str]) -> Raw:
    return {
        "id": f"scale-{index}",
        "title": "?",
        "items": items,
        "method": ("mean", "sum")[index % 2],
        "reverse": items[:1],
        "missing": {"minimum": 2, "prorate": True},
        "bands": [{"id": "low", "title": "?", "from": 0}, {"id": "high", "title": "?", "from": 3}],
    }


def _step(index: int, name: str, random: Random) -> Raw:
    return {
        "id": name,
        "title": f"Title of {name}",
        "summary": "A sentence or two about what this step is for and how it may feel to take it.",
        "tags": ["contact"] if index in {4, 6, 7, 8} else [],
        "weight": random.randint(0, 20),
        "actions": [
            {"id": f"action-{text_number}", "text": "Do this today.", "base": text_number < 3}
            for text_number in range(6)
        ],
        "cautions": [
            {"id": f"caution-{text_number}", "text": "Mind this.", "base": text_number < 1} for text_number in range(3)
        ],
    }


def _rules(random: Random, items: list[Raw], scales: list[Raw]) -> list[Raw]:
    rules: list[Raw] = []
    earlier_findings: list[str] = []
    for stratum, (count, findings) in enumerate(STRATA):
        stratum_findings = [f"finding-{stratum}-{index}" for index in range(findings)]
        for index in range(count):
            subjects = (["item"], ["item", "item", "scale"], ["finding", "item"], ["finding"])[stratum]
            leaves = [
                _leaf(random, random.choice(subjects), items, scales, earlier_findings)
                for _ in range(random.randint(1, 4))
            ]
            when = leaves[0] if len(leaves) == 1 else {random.choice(("all", "all", "any")): leaves}
            if len(leaves) == 4:
                when = {"all": [leaves[0], {"any": leaves[1:3]}, {"not": leaves[3]}]}
            then = [{"finding": stratum_findings[index]}] if index < findings else []
            then += [_effect(random, gate=stratum == 0) for _ in range(random.randint(1, 3))]
            built_rule = rule(f"rule-{stratum}-{index:02}", when, *then, gate=stratum == 0)
            rules.append(built_rule | {"because": "You told us something that this rule is about, in your own words."})
        earlier_findings += stratum_findings
    return rules


def _leaf(random: Random, subject: str, items: list[Raw], scales: list[Raw], findings: list[str]) -> Raw:
    if subject == "finding" and findings:
        return {"finding": random.choice(findings), "is": random.random() < 0.7}
    if subject == "scale":
        scale = random.choice(scales)["id"]
        return random.choice(({"scale": scale, "is": "high"}, {"scale": scale, "at_least": random.randint(1, 4)}))
    item = random.choice(items)
    match item["type"]:
        case "rating":
            return {"item": item["id"], random.choice(("at_least", "at_most")): item["first"] + random.randint(1, 3)}
        case "single":
            return {
                "item": item["id"],
                "one_of": [f"option-{option_number}" for option_number in random.sample(range(5), 2)],
            }
        case "multiple":
            return {"item": item["id"], "includes": f"one-{random.randrange(6)}"}
        case "yes_no":
            return {"item": item["id"], "is": random.random() < 0.5}
        case "number":
            return {"item": item["id"], "at_least": random.randint(0, 300)}
        case _:
            return {"item": item["id"], "at_most": random.randint(0, 100)}


def _effect(random: Random, *, gate: bool) -> Raw:
    index = random.randrange(len(STEPS))
    step = STEPS[index]
    if gate:
        effects: tuple[Raw, ...] = (
            {"hold": {"step": step}},
            {"notice": f"notice-{random.randrange(4)}"},
            {"kind": random.choice(("safety", "space"))},
        )
        return random.choice(effects)
    later = STEPS[random.randint(index, len(STEPS) - 1)]
    usual: tuple[Raw, ...] = (
        {"weight": {"step": step, "by": random.randint(-5, 9)}},
        {"weight": {"tag": "contact", "by": random.randint(-5, 9)}},
        {"weight": {"steps": random.sample(STEPS, 2), "by": random.randint(-5, 9)}},
        {"cap": {"step": step, "at": random.choice(("light", "steady"))}},
        {"action": {"step": step, "id": f"action-{random.randint(3, 5)}"}},
        {"caution": {"step": step, "id": f"caution-{random.randint(1, 2)}"}},
        {"order": {"first": step, "then": later}} if later != step else {"weight": {"step": step, "by": 2}},
    )
    return random.choice(usual)
