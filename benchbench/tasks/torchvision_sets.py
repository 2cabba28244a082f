"""`mnist`, `cifar10`: images of 32 px without a condition, read by torchvision's own classes from its own layout."""

from __future__ import annotations

import gzip
import hashlib
import warnings
import zlib
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from benchbench.core import MissingData, SampleSpace, Task
from benchbench.data import Download, Item, Reader, Source
from benchbench.data.source import either
from benchbench.data.task import by_hash
from benchbench.hookspecs import hookimpl
from benchbench.tasks._unconditional import CONDITIONS, UnconditionalImages

if TYPE_CHECKING:
    from torchvision.datasets import VisionDataset

SIDE = 32

HELD_OUT = {
    "validation": "names:5d92749f3050e6f97cf4e551df72805ebf3603b19b338a8478704939c300f245",
    "test": "names:ad80fe16bc182e8e2591e3e3773319a6661691b486f77adf7d9c5209659291ff",
}
"""Of the 10,000 official test images, which both sets have."""

TEST_CHOICE = (
    "All official training images are for training. The 6000 held-out images are those of the 10,000 official test"
    " images whose numbers have the least SHA-256; validation is the 4000 others."
)


class SmallImages(UnconditionalImages):
    """The base of both: files of many images, which are read only if their bytes are the published ones.

    An id is the official part and the image's place in it, `test-00042`. Rows of train stand as published, the others
    by the SHA-256 of their ids.
    """

    space = SampleSpace("images", (3, SIDE, SIDE))
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"image": space.shape}
    rows: ClassVar[Mapping[str, int]] = {"test": CONDITIONS * 20}

    @abstractmethod
    def load(self, folder: Path) -> Mapping[str, VisionDataset]:
        """Return the official parts `train` and `test`; raise `MissingData` where a file is not the published one."""

    @abstractmethod
    def picture(self, stored: np.ndarray) -> np.ndarray:
        """Return `uint8[3, 32, 32]` of one image as torchvision stores it in `data`."""

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the splits, and keep the images for `decode`."""
        parts = self.load(folder)
        self._stored = {name: np.asarray(part.data) for name, part in parts.items()}
        items = {
            name: [Item(f"{name}-{i:05d}", label=int(label)) for i, label in enumerate(part.targets)]
            for name, part in parts.items()
        }
        held = sorted(items["test"], key=lambda item: by_hash(item.id))
        end = self.rows["test"]
        return {"train": items["train"], "validation": held[end:], "test": held[:end]}

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the image."""
        part, _, number = item.id.partition("-")
        return {"image": self.picture(self._stored[part][int(number)])}


class Mnist(SmallImages):
    """Handwritten digits, 28 px with a border of 2 black pixels; 20 of 6000 held-out images beside each condition."""

    name = "mnist"
    version = 1
    summary = "MNIST's handwritten digits, 28 px in 32 px, unconditional"
    official: ClassVar[Mapping[str, str]] = {
        **HELD_OUT,
        "train": "names:d0f4ba0c7348f623b133b8381414b74116248689af99633e0eb4821a2e138d7d",
    }
    files: ClassVar[Mapping[str, str]] = {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }
    """The MD5 of each file, unpacked."""
    source = Source(
        "mnist",
        "https://yann.lecun.com/exdb/mnist",
        "MNIST, by Y. LeCun, C. Cortes and C. J. C. Burges: CC BY-SA 3.0, as far as it is known",
        layout=tuple(f"MNIST/raw/{name}|{name}|{name}.gz" for name in files),
        downloads=tuple(
            Download(f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz", sha256)
            for name, sha256 in (
                ("train-images-idx3-ubyte", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                ("train-labels-idx1-ubyte", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                ("t10k-images-idx3-ubyte", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                ("t10k-labels-idx1-ubyte", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            )
        ),
        named=True,
    )
    choices = (
        TEST_CHOICE,
        "28 px become 32 px by a border of 2 black pixels, nothing is scaled; the three channels are equal.",
        "The files must have the MD5 that many projects publish for them, since other sets have the same names.",
    )

    def load(self, folder: Path) -> Mapping[str, VisionDataset]:
        """Return the parts, of the files unpacked or as .gz."""
        from torchvision.datasets import MNIST

        with TemporaryDirectory() as place:
            raw = Path(place, "MNIST", "raw")
            raw.mkdir(parents=True)
            for name in self.files:
                (raw / name).write_bytes(self._content(folder, name))
            return {part: MNIST(place, train=part == "train") for part in ("train", "test")}

    def picture(self, stored: np.ndarray) -> np.ndarray:
        """Return the image in its border."""
        return np.repeat(np.pad(stored, 2)[None], 3, axis=0)

    def _content(self, folder: Path, name: str) -> bytes:
        path = folder / either(folder, f"MNIST/raw/{name}|{name}|{name}.gz")
        again = f"get it again, see {self.source.homepage}, or pass the folder with the right one as --from"
        try:
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise MissingData(f"{self.name}: {path} cannot be unpacked ({error}); {again}") from None
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if found != self.files[name]:
            raise MissingData(
                f"{self.name}: {path} is not MNIST's (its MD5 is {found}, expected {self.files[name]}); {again}"
            )
        return content


class Cifar10(SmallImages):
    """Photographs of ten kinds of things, 32 px as published; 20 of 6000 held-out images beside each condition.

    The files are Python pickles, which could run code when they are read: torchvision compares the MD5 of each with the
    published one first, and reads none where one differs.
    """

    name = "cifar10"
    version = 1
    summary = "CIFAR-10's photographs, 32 px, unconditional"
    official: ClassVar[Mapping[str, str]] = {
        **HELD_OUT,
        "train": "names:d51ce99bba2334f8a96f229f79f24afb4a016f8b15ff338f332f16b98fa741db",
    }
    source = Source(
        "cifar10",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
        "CIFAR-10 (Krizhevsky 2009): no licence is stated; its authors ask to be cited",
        layout=tuple(
            f"cifar-10-batches-py/{name}" for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
        ),
        downloads=(
            Download(
                "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            ),
        ),
    )
    choices = (TEST_CHOICE,)

    def load(self, folder: Path) -> Mapping[str, VisionDataset]:
        """Return the parts, of the pickles in `cifar-10-batches-py`."""
        from torchvision.datasets import CIFAR10

        try:
            with warnings.catch_warnings():  # numpy 2.4.0 to 2.4.4 warn of pickles that are this old
                warnings.filterwarnings(
                    "ignore", message="dtype.*align", category=np.exceptions.VisibleDeprecationWarning
                )
                return {part: CIFAR10(str(folder), train=part == "train") for part in ("train", "test")}
        except RuntimeError:
            raise MissingData(
                f"{self.name}: {folder / 'cifar-10-batches-py'} lacks a file or has one that is not the published"
                f" one, by its MD5; nothing of it was read. Get it again, see {self.source.homepage}"
            ) from None

    def picture(self, stored: np.ndarray) -> np.ndarray:
        """Return the image's planes."""
        return stored.transpose(2, 0, 1)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the tasks."""
    return (Mnist, Cifar10)
