"""Compare two checkouts of Heartwork: people, authors and operators must see the same in both.

Use it for refactorings that move modules and change names without any visible effect. It uses only the standard
library, and runs Heartwork's code with the Python of each checkout.
"""
