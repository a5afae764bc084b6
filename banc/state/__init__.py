"""What is there: a workspace as a value. Nothing here decides what to do about it."""
