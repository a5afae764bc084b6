"""torchvision's own code fetches from a server of this machine; only its tables say another address."""

from __future__ import annotations

import gzip
import hashlib
import io
import socket
import struct
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torchvision import datasets

from banc.config.data import Cifar10, Cifar100, FashionMnist, Mnist, Official, Svhn
from banc.errors import BancError
from banc.runner.datasets import download as module
from banc.runner.datasets.official import official
from banc.runner.datasets.published import Publication

Publish = Callable[[type, Mapping[str, bytes]], Publication]


class Server:
    """Serves what it is given, counts what it is asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.silent = False
        self.over = threading.Event()
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.lstrip("/")
                outer.asked.append(name)
                if outer.silent:
                    outer.over.wait()
                    return
                if name not in outer.files:
                    self.send_error(404)
                    return
                data = outer.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if name in outer.cut else data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # torchvision hangs up early when it asks for redirections

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    made = Server()
    yield made
    made.stop()


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def archive(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


@pytest.fixture
def served_cifar(
    server: Server, publish: Publish, cifar: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[type[Official]], str]:
    """Serves a small CIFAR as its archive and points torchvision there; gives the archive's name."""

    def serve(kind: type[Official]) -> str:
        files = cifar(kind.shape.classes)
        publish(kind, files)
        theirs = datasets.CIFAR10 if kind is Cifar10 else datasets.CIFAR100
        packed = archive({path: data for path, data in files.items() if path.startswith(theirs.base_folder)})
        monkeypatch.setattr(theirs, "url", f"{server.url}/{theirs.filename}")
        monkeypatch.setattr(theirs, "tgz_md5", md5(packed))
        server.files[theirs.filename] = packed
        return theirs.filename

    return serve


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("source", [Cifar10(train=60, test=12), Cifar100(train=12, test=12)])
def test_fetches_cifar_once(
    source: Official, served_cifar: Any, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = served_cifar(type(source))
    folder = tmp_path / "data"
    found = official(source, folder)
    assert len(found.train_labels) == source.train
    assert left(folder) == [name]
    assert f"to {folder}" in capsys.readouterr().err
    asked = len(server.asked)
    again = official(source, folder)
    assert len(server.asked) == asked > 0
    assert np.array_equal(found.train_images, again.train_images)


def idx_files(folder: str, number: int) -> dict[str, bytes]:
    rng = np.random.default_rng(number)
    files = {}
    for part in ("train", "t10k"):
        pixels = rng.integers(0, 256, (number, 28, 28), dtype=np.uint8)
        labels = (np.arange(number) % 10).astype(np.uint8)
        files[f"{folder}/{part}-images-idx3-ubyte"] = (
            struct.pack(">4I", 0x803, number, 28, 28) + pixels.tobytes()
        )
        files[f"{folder}/{part}-labels-idx1-ubyte"] = struct.pack(">2I", 0x801, number) + labels.tobytes()
    return files


@pytest.fixture
def served_idx(
    server: Server, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> Callable[[type[Official]], dict[str, bytes]]:
    def serve(kind: type[Official]) -> dict[str, bytes]:
        theirs = datasets.MNIST if kind is Mnist else datasets.FashionMNIST
        files = idx_files(f"{theirs.__name__}/raw", 20)
        publish(kind, files)
        packed = {f"{path.rsplit('/', 1)[-1]}.gz": gzip.compress(data) for path, data in files.items()}
        monkeypatch.setattr(theirs, "mirrors", [f"{server.url}/gone/", f"{server.url}/"])
        monkeypatch.setattr(theirs, "resources", [(name, md5(data)) for name, data in packed.items()])
        server.files |= packed
        return files

    return serve


@pytest.mark.parametrize("source", [Mnist(train=20, test=10), FashionMnist(train=20, test=10)])
def test_fetches_idx_files_from_the_second_mirror(
    source: Official, served_idx: Any, server: Server, tmp_path: Path
) -> None:
    files = served_idx(type(source))
    found = official(source, tmp_path)
    assert found.train_images.shape == (20, 1, 28, 28)
    assert any(name.startswith("gone/") for name in server.asked)
    assert {name for name in left(tmp_path) if name.endswith(".gz")} == {f"{path}.gz" for path in files}


def test_fetches_svhn(
    server: Server, publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scipy.io import savemat

    files = {}
    for part in ("train", "test"):
        made = io.BytesIO()
        labels = (np.arange(20) % 10 + 1).astype(np.uint8)[:, None]
        savemat(made, {"X": np.full((32, 32, 3, 20), len(part), np.uint8), "y": labels})
        files[f"{part}_32x32.mat"] = data = made.getvalue()
        entry = [f"{server.url}/{part}_32x32.mat", f"{part}_32x32.mat", md5(data)]
        monkeypatch.setitem(datasets.SVHN.split_list, part, entry)
    publish(Svhn, files)
    server.files |= files
    found = official(Svhn(train=10, test=10), tmp_path)
    assert np.bincount(found.test_labels).tolist() == [1] * 10
    assert left(tmp_path) == sorted(files)


def refusal(source: Official, folder: Path) -> BancError:
    """One message with the cure, and nothing left behind."""
    with pytest.raises(BancError) as caught:
        official(source, folder)
    assert left(folder) == []
    title = "CIFAR-100" if isinstance(source, Cifar100) else "MNIST"
    assert caught.value.message.startswith(f"{title} is not in `{folder}`, and downloading it failed: http")
    hint = str(caught.value.hint)
    assert f"into `{folder}`" in hint
    assert "BANC_DATA" in hint
    expected = "`cifar-100-binary.tar.gz` or `cifar-100-python.tar.gz`" if title != "MNIST" else "-ubyte`"
    assert expected in hint
    return caught.value


def test_a_corrupted_download(served_cifar: Any, server: Server, tmp_path: Path) -> None:
    name = served_cifar(Cifar100)
    server.files[name] = server.files[name][:-1] + b"!"
    assert "not the published file" in refusal(Cifar100(), tmp_path).message


def test_a_download_that_breaks_off(served_cifar: Any, server: Server, tmp_path: Path) -> None:
    server.cut.add(served_cifar(Cifar100))
    assert "not the published file" in refusal(Cifar100(), tmp_path).message


def test_a_page_that_is_gone(served_cifar: Any, server: Server, tmp_path: Path) -> None:
    served_cifar(Cifar100)
    server.files.clear()
    assert "404" in refusal(Cifar100(), tmp_path).message


def test_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish: Publish, server: Server
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x.tar.gz"
        monkeypatch.setattr(datasets.CIFAR100, "url", url)
        assert "refused" in refusal(Cifar100(), tmp_path).message.lower()


def test_a_server_that_says_nothing(
    served_cifar: Any, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served_cifar(Cifar100)
    server.silent = True
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    assert "timed out" in refusal(Cifar100(), tmp_path).message
    assert socket.getdefaulttimeout() is None


def test_all_files_or_none(served_idx: Any, server: Server, tmp_path: Path) -> None:
    served_idx(Mnist)
    del server.files["t10k-labels-idx1-ubyte.gz"]
    found = refusal(Mnist(), tmp_path)
    assert f"{server.url}/gone/t10k-labels-idx1-ubyte.gz: " in found.message
    assert f"{server.url}/t10k-labels-idx1-ubyte.gz: " in found.message


def test_a_part_of_a_set_is_not_downloaded_around(
    served_cifar: Any, server: Server, tmp_path: Path, cifar: Any, write: Any
) -> None:
    served_cifar(Cifar100)
    name = "cifar-100-python/train"
    write(tmp_path, {name: cifar(100)[name]})
    with pytest.raises(BancError, match=r"cifar-100-python/test` is missing"):
        official(Cifar100(), tmp_path)
    assert server.asked == []
