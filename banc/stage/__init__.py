"""The typed contract between the compiling half and the running half: stages and their files."""
