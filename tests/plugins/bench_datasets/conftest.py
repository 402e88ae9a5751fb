import dataclasses
import gzip
import hashlib
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from bench_datasets.cached_files import CachedFiles
from bench_datasets.idx import decode_idx, find_idx
from bench_datasets.published_files import PublishedFiles, Variant
from bench_datasets.sources import Mirror
from benchmark.interfaces.dataset import fingerprint

CLASSES = ("bag", "coat")

# Fetches the toy in another process: the same dataset, described in its argument.
OTHER_PROCESS = """
import json, sys
import psutil
from bench_datasets.cached_files import CachedFiles
from bench_datasets.idx import decode_idx, find_idx
from bench_datasets.published_files import PublishedFiles, Variant
from bench_datasets.sources import Mirror

urls, md5, classes, fingerprint = json.loads(sys.argv[1])
mirrors = tuple(Mirror(url, tuple(map(tuple, md5))) for url in urls)
dataset = CachedFiles(PublishedFiles(name="toy", classes=tuple(classes), find=find_idx, decode=decode_idx,
                                     variants=(Variant(fingerprint=fingerprint),), sources=mirrors)).fetch()
total = int(dataset.images.train.sum())
pages = [m for m in psutil.Process().memory_maps() if m.path.endswith("train.npy")] if sys.platform == "linux" else []
print(json.dumps({"fingerprint": dataset.fingerprint, "total": total, "pages": [(m.rss, m.pss) for m in pages]}))
"""


def as_idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, no BENCH_DATA, nothing accepted: the folder of the cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("BENCH_CACHE", str(folder))
    monkeypatch.delenv("BENCH_DATA", raising=False)
    monkeypatch.delenv("BENCH_ACCEPT_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


@dataclasses.dataclass
class Toy:
    """The dataset `toy`: the content of its files, compressed as MNIST's are, and how it was published."""

    files: dict[str, bytes]
    published: PublishedFiles

    @property
    def md5(self):
        return tuple((name, hashlib.md5(content).hexdigest()) for name, content in self.files.items())

    def at(self, *urls, timeout_seconds=20.0, **changes):
        """The toy at these mirrors; `changes` are of `PublishedFiles`."""
        mirrors = tuple(Mirror(url, self.md5, timeout_seconds) for url in urls)
        return CachedFiles(dataclasses.replace(self.published, sources=mirrors, **changes))

    def fetch(self):
        """Fetch it, without a mirror."""
        return self.at().fetch()

    def lay(self, folder):
        """Lay the files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder

    def start(self, *urls):
        """Fetch the toy in another process, which prints a summary of it as JSON."""
        argument = json.dumps([urls, self.md5, CLASSES, self.published.variants[0].fingerprint])
        command = [sys.executable, "-c", OTHER_PROCESS, argument]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def toy(tmp_path):
    random = np.random.RandomState(0)
    arrays = {
        "train-images-idx3-ubyte": random.randint(0, 256, (600, 28, 28)).astype(np.uint8),
        "train-labels-idx1-ubyte": (np.arange(600) % 2).astype(np.uint8),
        "t10k-images-idx3-ubyte": random.randint(0, 256, (50, 28, 28)).astype(np.uint8),
        "t10k-labels-idx1-ubyte": (np.arange(50) % 2).astype(np.uint8),
    }
    files = {f"{name}.gz": gzip.compress(as_idx(array), mtime=0) for name, array in arrays.items()}
    published = PublishedFiles(name="toy", classes=CLASSES, find=find_idx, decode=decode_idx, variants=())
    sha256 = fingerprint(decode_idx(find_idx(Toy(files, published).lay(tmp_path / "laid")), CLASSES))
    return Toy(files, dataclasses.replace(published, variants=(Variant(fingerprint=sha256),)))


class MirrorServer(ThreadingHTTPServer):
    """A mirror that behaves as the first folder of the address says: /normal/, /slow/, /truncated/, /wrong/, ..."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), MirrorHandler)
        self.files = files
        self.asked = []
        self.half_sent = threading.Event()
        self.closing = threading.Event()

    def url(self, behaviour):
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"


class MirrorHandler(BaseHTTPRequestHandler):
    server: MirrorServer

    def do_GET(self):
        _, behaviour, name = self.path.split("/")
        self.server.asked.append((behaviour, name))
        if behaviour == "missing":
            self.send_error(404)
            return
        content = self.server.files[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = len(content) // 2
        if behaviour == "wrong":
            content = bytes(len(content))
        self.wfile.write(content[:half])
        self.wfile.flush()
        if behaviour == "stalled":
            self.server.half_sent.set()
            self.server.closing.wait(30)
        elif behaviour == "slow":
            for start in range(half, len(content), max(1, half // 4)):
                time.sleep(0.02)
                self.wfile.write(content[start : start + max(1, half // 4)])
                self.wfile.flush()
        elif behaviour != "truncated":
            self.wfile.write(content[half:])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def mirror(toy):
    with MirrorServer(toy.files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()
