"""The vocabulary: what a spec can say about data, models, recipes and objectives.

Frozen attrs types, closed unions. Every item carries its tag and an integer ``REVISION`` that is
part of the identity of each run that uses it. Nothing here imports torch.
"""
