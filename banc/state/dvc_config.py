"""Where DVC keeps its cache, and how it gets files from there, as its configuration files say.

In: a workspace. Out: a folder, or a fact. DVC itself is not asked: importing it takes a second.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from banc.errors import BancError

_VALUE = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^#]*))""")
Sections = dict[str, dict[str, str]]


def cache_folder(root: Path) -> Path:
    """DVC's cache: ``.dvc/cache``, unless a configuration file says another one. The last one counts."""
    folder = root / ".dvc" / "cache"
    merged = _merged(root)
    cache = merged.get("cache", {})
    if "local" in cache:  # the name of a remote, as DVC before 1.0 wrote it
        return Path(merged.get(f'remote "{cache["local"].lower()}"', {}).get("url", folder))
    return Path(cache.get("dir", folder))


def cache_options(root: Path) -> frozenset[str]:
    """What a configuration file says of the cache at all, by name: ``type``, ``shared``."""
    return frozenset(_merged(root).get("cache", {}))


def makes_links(root: Path) -> bool:
    """Whether outputs in the workspace are links into the cache, and not copies."""
    types = _merged(root).get("cache", {}).get("type", "")
    return "hardlink" in types or "symlink" in types


def stages_in_git(root: Path) -> bool:
    """Whether DVC adds each file that it writes to git's index."""
    return _merged(root).get("core", {}).get("autostage", "").lower() == "true"


def _merged(root: Path) -> Sections:
    """All configuration files as one."""
    merged: Sections = {}
    for path in _files(root):
        for name, values in _read(path).items():
            for key in ("dir", "url"):
                if key in values:
                    values[key] = _resolve(path.parent, values[key])
            merged.setdefault(name, {}).update(values)
    return merged


def _files(root: Path) -> list[Path]:
    """From the system's to the workspace's own, which is not committed."""
    home = Path.home()
    if sys.platform == "darwin":
        system, user = Path("/Library/Application Support/dvc"), home / "Library/Application Support/dvc"
    else:
        system = Path(os.environ.get("XDG_CONFIG_DIRS", "").split(":")[0] or "/etc/xdg") / "dvc"
        user = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "dvc"
    system = Path(os.environ.get("DVC_SYSTEM_CONFIG_DIR") or system)
    user = Path(os.environ.get("DVC_GLOBAL_CONFIG_DIR") or user)
    return [system / "config", user / "config", root / ".dvc/config", root / ".dvc/config.local"]


def _read(path: Path) -> Sections:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        raise BancError(f"`{path}` is not UTF-8", hint="DVC writes it: `dvc config`") from error
    except OSError as error:
        raise BancError(f"cannot read `{path}`: {(error.strerror or 'no reason given').lower()}") from error
    sections: Sections = {}
    section: dict[str, str] = {}
    for line in map(str.strip, lines):
        if line.startswith("["):
            name = line[1:].partition("]")[0].strip().strip("'").lower()
            section = sections.setdefault(name, {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            match = _VALUE.match(value)
            assert match is not None
            section[key.strip().lower()] = next(text for text in match.groups() if text is not None).strip()
    return sections


def _resolve(folder: Path, path: str) -> str:
    """As DVC does: relative to the configuration file, and ``~`` is the home folder."""
    return os.path.abspath(os.path.join(folder, os.path.expanduser(path)))
