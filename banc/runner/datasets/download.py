"""Fetches a data set's files as torchvision does, from where torchvision says they are.

In: a data set and the folder of data. Out: the packed files in that folder, all of them or none. The one
place of the data stage that imports torch, because torchvision does.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from ssl import SSLError
from typing import Any
from urllib.error import URLError

from attrs import frozen

from banc.config.data import Cifar10, Cifar100, FashionMnist, Mnist, Official, Svhn
from banc.errors import BancError
from banc.runner.datasets.published import PUBLICATIONS, Form

PATIENCE = 60.0
"""Seconds without a byte after which a server counts as gone."""

_FAILURES = (URLError, HTTPException, TimeoutError, ConnectionError, SSLError, RuntimeError)
"""What torchvision raises; of a wrong digest and of too many redirections it says ``RuntimeError``."""


@frozen
class Remote:
    """A file to fetch."""

    path: str
    """Where it belongs in the folder of data."""
    urls: tuple[str, ...]
    """Where it is; the second is asked where the first fails."""
    md5: str


def download(source: Official, folder: Path) -> None:
    """Fetches what is needed.

    Raises:
        BancError: there is no network, no such file, or what came is not the published file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    print(f"downloading {PUBLICATIONS[type(source)].title} to {folder}", file=sys.stderr, flush=True)
    remotes = _remotes(source)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as name, _patience():
        for number, remote in enumerate(remotes):
            _fetch(source, folder, remote, Path(name) / str(number))
        for number, remote in enumerate(remotes):
            target = folder / remote.path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(Path(name) / str(number), target)


def _remotes(source: Official) -> tuple[Remote, ...]:
    """What torchvision would fetch."""
    from torchvision import datasets

    match source:
        case Cifar10():
            return _archive(datasets.CIFAR10)
        case Cifar100():
            return _archive(datasets.CIFAR100)
        case Mnist():
            return _mirrored("MNIST/raw", datasets.MNIST)
        case FashionMnist():
            return _mirrored("FashionMNIST/raw", datasets.FashionMNIST)
        case Svhn():
            parts = (datasets.SVHN.split_list[part] for part in ("train", "test"))
            return tuple(Remote(name, (url,), md5) for url, name, md5 in parts)


def _archive(dataset: Any) -> tuple[Remote, ...]:
    return (Remote(dataset.filename, (dataset.url,), dataset.tgz_md5),)


def _mirrored(folder: str, dataset: Any) -> tuple[Remote, ...]:
    return tuple(
        Remote(f"{folder}/{name}", tuple(f"{mirror}{name}" for mirror in dataset.mirrors), md5)
        for name, md5 in dataset.resources
    )


def _fetch(source: Official, folder: Path, remote: Remote, target: Path) -> None:
    from torchvision.datasets.utils import download_url

    failures = []
    for url in remote.urls:
        try:
            download_url(url, str(target.parent), target.name, remote.md5)
            return
        except _FAILURES as error:
            reason = _reason(error)
            if isinstance(error, RuntimeError) and target.exists():
                reason = f"what came is not the published file, whose MD5 is `{remote.md5}`"
            target.unlink(missing_ok=True)
            failures.append(f"{url}: {reason}")
    title, page = PUBLICATIONS[type(source)].title, PUBLICATIONS[type(source)].page
    raise BancError(
        f"{title} is not in `{folder}`, and downloading it failed: {'; '.join(failures)}",
        hint=f"try again, or put {_by_hand(source)} from {page} into `{folder}`; "
        "BANC_DATA names another folder",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        error = error.reason
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error) or type(error).__name__


def _by_hand(source: Official) -> str:
    """What a person may put there instead, any of the forms."""
    return " or ".join(_names(form) for form in PUBLICATIONS[type(source)].forms)


def _names(form: Form) -> str:
    names = [form.archive] if form.archive else [f"{file.path}" for file in form.files]
    return ", ".join(f"`{name}`" for name in names)


@contextmanager
def _patience() -> Iterator[None]:
    """A silent server is an error, not a wait without end."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
