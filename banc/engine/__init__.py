"""Runs what a plan says, several stages at a time, and leaves what ``dvc repro`` would have left."""
