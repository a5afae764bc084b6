"""The vocabulary: what a spec can say about data, models, recipes and objectives.

Frozen attrs types, closed unions. Every item carries an integer ``REVISION``, which is part of the identity
of each run that uses it, and a ``TAG``, the name under which it stands there. A class can be renamed; its
``TAG`` never changes, or every run that uses it would be made again. Nothing here imports torch.
"""
