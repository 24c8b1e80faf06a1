"""Compare two checkouts of Heartwork: whatever people, authors and operators see has to be the same in both.

It is for pure refactoring: modules move, names change, and nothing that anybody reads or does changes by it. It needs
nothing but the standard library, and runs the Python of each checkout for all that is Heartwork's own.
"""
