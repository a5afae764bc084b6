"""How far an experiment is: what is done, running, failed, waiting, and how long the rest takes."""
