"""Every fault in words, by phase: code, title, cause, cure, and ``warning`` where it is one.

``language.codes`` gives them their names. Whoever adds a fault adds its words here and its name there.
"""
