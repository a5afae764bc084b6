"""The jobs of a workspace on a cluster: what was submitted, and what Slurm says of it."""
