"""A finished run as files that stand alone: weights, a program that needs no banc, and a model card."""
