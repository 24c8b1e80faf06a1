"""The plain evaluator of conditions: an interpreter that finds reasons, and generated functions that are fast."""

from engine.assessment.evaluator.interpreter import Facts, Node, SharedLeaves, Truth, evaluator

__all__ = ["Facts", "Node", "SharedLeaves", "Truth", "evaluator"]
