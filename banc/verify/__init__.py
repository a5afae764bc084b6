"""Whether finished stages can be made again, and whether anyone has edited what they wrote.

In: a workspace. Out: a verdict a stage. Calls the running half, and never sees a spec or a graph.
"""
