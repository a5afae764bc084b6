"""Hands a plan to Slurm: a job for each stage that must run, and no process of ours that must live."""
