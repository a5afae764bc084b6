"""From finished scores to a table that people and programs read.

In: a layout and the metrics files that are there. Out: text in one of six formats. A report works at
any moment of a long run; it never sees a spec, a graph, a network or DVC.
"""
