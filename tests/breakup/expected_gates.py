"""The breakup pack's gates and kinds of plan, written a second time from the content guide, and people to test them.

Nothing here reads a rule. ``GATES`` is the guide's table of gates (4.5) with ``KINDS`` its table of kinds (4.4), so that
tests can compare what the pack does with what was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations, product
from random import Random
from typing import Any, Final

from engine.assessment.inference import fired_rules
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan, Planner
from engine.assessment.responses import validate_answers
from engine.assessment.scoring import score
from engine.content.items.base import Item
from engine.content.items.choices import MultipleChoice, SingleChoice
from engine.content.items.rating import Rating
from engine.content.items.text import ShortText
from engine.content.pack import Pack

Answers = Mapping[str, Any]
Predicate = Callable[[Answers], bool]
DAY: Final = date(2026, 10, 5)
CONTACT: Final = frozenset({"talk", "trust", "care", "memories"})
AT_RISK_HOLDS: Final = CONTACT | {"own_part", "apologise", "patience"}
CALM: Final[Answers] = {
    "pronoun": "she",
    "wish": "try_again",
    "how_it_ended": "both",
    "how_long_ago": "six_weeks",
    "in_touch": "both_write",
    "their_stance": ["dont_know"],
    "limits": ["none"],
    "unanswered": "none",
    "own_reaching": ["none"],
    "afraid": "never",
    "what_they_did": ["none"],
    "own_acts": ["none"],
    "self_harm_thoughts": "no",
    "sleep": 3,
    "day": 3,
    "thoughts": 3,
    "settle": 3,
    "checking": 0,
    "urge_acted": 0,
    "asking": 0,
}
"""A person for whom no gate fires: steady, in touch, welcome."""
QUIET: Final[Answers] = {
    item: CALM[item]
    for item in (
        "in_touch",
        "their_stance",
        "limits",
        "unanswered",
        "own_reaching",
        "afraid",
        "what_they_did",
        "own_acts",
        "self_harm_thoughts",
    )
}
"""The answers with which no gate fires."""
HIDDEN_AT_RISK: Final = ("blame_split", "own_name", "own_effect", "said_sorry")
HIDDEN_WHILE_HELD: Final = ("hear_no", "wait", "different")
SAYS_NO: Final = ("asked_stop", "asked_space", "over", "seeing", "committed")
"""What the other one said or does that friendly signs do not outweigh."""
FRIENDLY: Final = ("unsure", "would_try")


# What the gates mean


def chosen(answers: Answers, item: str) -> set[str]:
    """What was chosen in an item of several options, without “none of these” and “I don't know”."""
    return set(answers.get(item) or ()) - {"none", "dont_know"}


def is_open(answers: Answers, *items: str) -> bool:
    """Whether one of these is unanswered, or “rather not say”."""
    return any(not answers.get(item) for item in items)


def stance(answers: Answers) -> set[str]:
    """What the other one said, or is known of them."""
    return chosen(answers, "their_stance")


def at_risk(answers: Answers) -> bool:
    """G1: afraid anything but never, any of the other one's acts, own acts only to protect oneself."""
    afraid = answers.get("afraid") not in {None, "never"}
    return (
        afraid
        or bool(chosen(answers, "what_they_did"))
        or (bool(chosen(answers, "own_acts")) and answers.get("own_acts_why") == "protect")
    )


def legal_limit(answers: Answers) -> bool:
    """G2: order, police, bail, rule."""
    return "legal" in chosen(answers, "limits")


def told_to_stop(answers: Answers) -> bool:
    """G3: asked to stop all contact."""
    return "asked_stop" in stance(answers)


def blocked_everywhere(answers: Answers) -> bool:
    """G3 as well: blocked everywhere."""
    return "blocked_everywhere" in chosen(answers, "limits")


def clear_no(answers: Answers) -> bool:
    """G4: said it is over, unless wanting to talk now; or committed elsewhere."""
    said_over = "over" in stance(answers) and answers.get("in_touch") != "wants_to_talk"
    return said_over or "committed" in stance(answers)


def own_acts(answers: Answers) -> bool:
    """G5: own acts but for those only to protect oneself; any reaching out but asking others."""
    acted = bool(chosen(answers, "own_acts")) and answers.get("own_acts_why") != "protect"
    return acted or bool(chosen(answers, "own_reaching") - {"asked_others"})


def too_many_messages(answers: Answers) -> bool:
    """G5b: four or more unanswered, or two to three after being asked for space."""
    waiting = answers.get("unanswered")
    return waiting == "four_plus" or (waiting == "two_three" and "asked_space" in stance(answers))


def seeing_someone(answers: Answers) -> bool:
    """G6: dating."""
    return "seeing" in stance(answers)


def unknown(answers: Answers) -> bool:
    """G8: one of eight answers is open."""
    items = ("in_touch", "their_stance", "limits", "unanswered", "own_reaching")
    return is_open(answers, *items, "afraid", "what_they_did", "own_acts")


def dark_thoughts(*options: str) -> Predicate:
    """G7: one of these answers about ending one's life or hurting oneself."""
    return lambda answers: answers.get("self_harm_thoughts") in options


def has_a_family_to_see_to(answers: Answers) -> bool:
    """Children or a home are shared, and neither the law nor a stop forbids what they need."""
    shared = chosen(answers, "shared_ties") & {"children", "living_together", "home"}
    return bool(shared) and not (legal_limit(answers) or told_to_stop(answers) or blocked_everywhere(answers))


GATES: Final[Mapping[str, tuple[Predicate, frozenset[str], str | None, tuple[str, ...]]]] = {
    # Rule: when it fires, what it holds, the notice it raises, the items it reads.
    "at-risk": (at_risk, AT_RISK_HOLDS, "at_risk", ("afraid", "what_they_did", "own_acts", "own_acts_why")),
    "legal-limit": (legal_limit, CONTACT | {"apologise"}, "order", ("limits",)),
    "told-to-stop": (told_to_stop, CONTACT | {"apologise"}, "told_to_stop", ("their_stance",)),
    "blocked-everywhere": (blocked_everywhere, CONTACT | {"apologise"}, "told_to_stop", ("limits",)),
    "own-acts": (own_acts, CONTACT, None, ("own_acts", "own_acts_why", "own_reaching")),
    "too-many-messages": (too_many_messages, CONTACT, "messages_waiting", ("unanswered", "their_stance")),
    "clear-no": (clear_no, CONTACT, "clear_no", ("their_stance", "in_touch")),
    "seeing-someone": (seeing_someone, CONTACT, "seeing_someone", ("their_stance",)),
    "self-harm": (
        dark_thoughts("hurting", "ending_earlier", "ending_now"),
        frozenset(),
        None,
        ("self_harm_thoughts",),
    ),
    "thoughts-of-dying-now": (dark_thoughts("ending_now"), frozenset(), "self_harm", ("self_harm_thoughts",)),
    "thoughts-of-dying-earlier": (
        dark_thoughts("ending_earlier"),
        frozenset(),
        "self_harm_earlier",
        ("self_harm_thoughts",),
    ),
    "thoughts-of-hurting": (dark_thoughts("hurting"), frozenset(), "self_harm_hurting", ("self_harm_thoughts",)),
    "self-harm-open": (
        lambda answers: is_open(answers, "self_harm_thoughts"),
        frozenset(),
        None,
        ("self_harm_thoughts",),
    ),
    "open-questions": (unknown, CONTACT | {"apologise"}, "open_questions", ()),
}
SELF_HARM_NOTICES: Final = {
    "ending_now": "self_harm",
    "ending_earlier": "self_harm_earlier",
    "hurting": "self_harm_hurting",
}
CHECK_IN_GATES: Final[Mapping[str, tuple[frozenset[str], str, str]]] = {
    # Rule: what it holds, the kind it proposes, the notice it raises.
    "since-frightened": (AT_RISK_HOLDS, "safety_first", "at_risk"),
    "since-told-to-stop": (CONTACT | {"apologise"}, "heal_and_let_go", "told_to_stop"),
    "since-open": (CONTACT | {"apologise"}, "space_first", "open_questions"),
}


def expected_gates(answers: Answers) -> set[str]:
    """The gates that should fire."""
    visible = visible_answers(answers)
    return {name for name, (applies, *_) in GATES.items() if applies(visible)}


def expected_holds(gates: Iterable[str]) -> frozenset[str]:
    """The steps that some gates hold together: the union of their holds."""
    return frozenset[str]().union(*(GATES[gate][1] for gate in gates))


def expected_notices(answers: Answers) -> list[str]:
    """The notices that should be raised, in the order of 4.6, with those of two gates together."""
    gates = expected_gates(answers)
    raised = {GATES[gate][2] for gate in gates}
    if "own-acts" in gates:
        openly = "own_acts_family" if has_a_family_to_see_to(answers) else "own_acts"
        raised.add("own_acts_too" if "at-risk" in gates else openly)
    order = (
        *SELF_HARM_NOTICES.values(),
        *("at_risk", "order", "told_to_stop", "own_acts", "own_acts_family", "own_acts_too"),
        *("messages_waiting", "clear_no", "seeing_someone", "open_questions"),
    )
    return [name for name in order if name in raised]


def visible_answers(answers: Answers) -> dict[str, Any]:
    """The answers to what is asked: not why, of someone who did nothing."""
    visible = dict(answers)
    if not chosen(visible, "own_acts"):
        visible.pop("own_acts_why", None)
    return visible


# What the kinds mean

WEEKS: Final = {
    "under_2_weeks": 0,
    "two_weeks": 2,
    "three_weeks": 3,
    "four_weeks": 4,
    "six_weeks": 6,
    "three_months": 13,
    "half_a_year": 26,
    "a_year": 52,
}
WAITING: Final = {"none": 4, "one": 3, "two_three": 1, "four_plus": 0}


def out_of_16(points: list[int | None]) -> int | None:
    """Four answers of 0 to 4 as a sum; of three the sum they stand for, halves upwards; of fewer nothing."""
    answered = [point for point in points if point is not None]
    return (8 * sum(answered) + len(answered)) // (2 * len(answered)) if len(answered) >= 3 else None


def steadiness(answers: Answers) -> int | None:
    return out_of_16([answers.get(item) for item in ("sleep", "day", "thoughts", "settle")])


def space_kept(answers: Answers) -> int | None:
    frequencies = [answers.get(item) for item in ("checking", "urge_acted", "asking")]
    return out_of_16(
        [
            WAITING.get(answers.get("unanswered") or ""),
            *(None if answer is None else 4 - answer for answer in frequencies),
        ]
    )


def unwanted(answers: Answers) -> bool:
    """Whether something outweighs all friendly signs (0a.8). Wanting to talk cancels “over”."""
    no = stance(answers) & set(SAYS_NO)
    return bool(no - {"over"}) or ("over" in no and answers.get("in_touch") != "wants_to_talk")


def two_way(answers: Answers) -> bool:
    return answers.get("in_touch") in {"both_write", "wants_to_talk"} and not unwanted(answers)


def welcome(answers: Answers) -> bool:
    """Both write; wanting to talk or meet; in touch and wanting to try again; answering while nothing waits."""
    touch, waiting = answers.get("in_touch"), answers.get("unanswered")
    in_touch = touch not in {None, "not_in_touch", "practical_only"}
    would_try = "would_try" in stance(answers) and in_touch
    return not unwanted(answers) and (two_way(answers) or would_try or (touch == "answers" and waiting == "none"))


def long_quiet(answers: Answers) -> bool:
    """Not in touch, nothing asked, nothing waiting, six weeks on, and space kept high."""
    quiet = answers.get("in_touch") == "not_in_touch" and answers.get("unanswered") == "none" and not unwanted(answers)
    return quiet and weeks(answers) >= 6 and (space_kept(answers) or 0) >= 12


def weeks(answers: Answers) -> int:
    return WEEKS.get(answers.get("how_long_ago") or "", 0)


def distance_kept(answers: Answers) -> bool:
    """Half a year has passed, and the person gave the other one a lot of space."""
    return weeks(answers) >= 26 and (space_kept(answers) or 0) >= 12


def heals(answers: Answers) -> bool:
    """The line of 4.4 for heal and let go."""
    stopped = told_to_stop(answers) or blocked_everywhere(answers)
    return answers.get("wish") == "get_over" or legal_limit(answers) or stopped or clear_no(answers)


def takes_space(answers: Answers) -> bool:
    """The line of 4.4 for space first."""
    steady, early = steadiness(answers), WEEKS.get(answers.get("how_long_ago") or "", 52) < 3
    return (
        answers.get("in_touch") == "practical_only"
        or "asked_space" in stance(answers)
        or "blocked_some" in chosen(answers, "limits")
        or answers.get("unanswered") in {"two_three", "four_plus"}
        or bool(chosen(answers, "own_reaching"))
        or own_acts(answers)
        or seeing_someone(answers)
        or answers.get("self_harm_thoughts") != "no"
        or (early and not two_way(answers))
        or (steady is not None and steady < 4)
        or unknown(answers)
        or ("over" in stance(answers) and answers.get("in_touch") == "wants_to_talk")
    )


def expected_kind(answers: Answers) -> str:
    """The first line of 4.4 that applies."""
    visible = visible_answers(answers)
    if at_risk(visible):
        return "safety_first"
    if heals(visible):
        return "heal_and_let_go"
    if takes_space(visible):
        return "space_first"
    return "reconnect" if welcome(visible) or long_quiet(visible) else "space_first"


# People


def assess_answers(pack: Pack, answers: Answers, *, form: str = "breakup", plain: bool = True) -> Assessment:
    return assess(pack, form, answers, DAY, complete=False, plain=plain)


def kind_of(pack: Pack, answers: Answers) -> str:
    """The kind of plan alone, which takes half the time of a whole plan."""
    form = pack.forms["breakup"]
    responses = validate_answers(pack, form, answers, DAY, complete=False)
    rules = fired_rules(pack, form, responses, score(pack, form, responses.answers), DAY)
    return Planner(pack).place(rules).kind


def plan_for(pack: Pack, answers: Answers) -> Plan:
    plan = assess_answers(pack, answers).plan
    assert plan is not None
    return plan


def held_steps(plan: Plan) -> frozenset[str]:
    return frozenset(step.id for step in plan.steps if step.held)


def every_answer(item: Item, largest: int | None = None) -> list[Any]:
    """Every possible answer, and null; ``largest`` limits how many choices are made together."""
    match item:
        case SingleChoice():
            return [None, *(option.id for option in item.options)]
        case MultipleChoice():
            alone = [[option.id] for option in item.options if option.exclusive]
            combinable = [option.id for option in item.options if not option.exclusive]
            sizes = range(1, (largest or len(combinable)) + 1)
            subsets = [list(subset) for size in sizes for subset in combinations(combinable, size)]
            return [None, *alone, *subsets]
        case Rating():
            return [None, *range(item.first, item.last + 1)]
        case _:
            return [None]


def every_combination(pack: Pack, items: Iterable[str], largest: int | None = None) -> Iterator[dict[str, Any]]:
    """A calm person with every combination of answers to these; ``largest`` limits choices as in ``every_answer``."""
    names = tuple(items)
    for answers in product(*(every_answer(pack.items[name], largest) for name in names)):
        yield {**CALM, **dict(zip(names, answers, strict=True))}


class PersonSampler:
    """Samples people with random answers to each question."""

    def __init__(self, pack: Pack, seed: int, form: str = "breakup") -> None:
        self._random = Random(seed)
        items = [item for item in pack.forms[form].items if not isinstance(item, ShortText)]
        self._choices = {item.id: every_answer(item) for item in items}

    def random_answers(self, fixed: Answers | None = None, *, calm: float = 0.0) -> dict[str, Any]:
        """Answers to all questions, some of them null or left out.

        Args:
            fixed: the answers that are not drawn.
            calm: how likely each answer of a gate is to be the calm one; otherwise a gate fires for almost everyone.
        """
        answers: dict[str, Any] = {}
        for item, choices in self._choices.items():
            if item in QUIET and self._random.random() < calm:
                answers[item] = QUIET[item]
            elif self._random.random() > 0.04:
                answers[item] = self._random.choice(choices)
        return answers | dict(fixed or {})

    def random_answer(self, item: str) -> Any:
        return self._random.choice(self._choices[item])
