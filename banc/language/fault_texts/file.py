"""The file: can it be read, is it TOML, is its name one."""

from __future__ import annotations

from typing import Final

UNREADABLE: Final = (
    "BANC001",
    "the spec cannot be read",
    "The file does not exist, is a folder, may not be read, or is not UTF-8 text.",
    "Check the path; specs usually lie in `spec/`. Save the file as UTF-8.",
)

SYNTAX: Final = (
    "BANC002",
    "not TOML",
    "The text breaks a rule of TOML 1.0: a missing quote or bracket, a key written twice, a value "
    "without quotes.",
    "The caret marks where reading stopped; the mistake is there or just before. Strings need quotes, "
    "and so do keys with a dot.",
)

FILE_NAME: Final = (
    "BANC003",
    "the file's name cannot name a table",
    "A spec's file name, without `.toml`, names its table and the folder `results/<name>`. It may hold "
    "lower-case letters, digits and `-`, 100 at most, and begins with a letter.",
    "Rename the file, for example to `table2.toml`.",
)

SAME_NAME: Final = (
    "BANC004",
    "two specs of one name",
    "Two of the specs have the same file name in different folders, so their tables would be written to "
    "the same place.",
    "Rename one of the files, or compile them one at a time.",
)
