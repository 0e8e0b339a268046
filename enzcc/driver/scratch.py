"""Temporary files of one call, without the cost of `tempfile` and `shutil`."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


class Scratch:
    """A directory that is made when it is first needed, and gone when the call ends."""

    def __init__(self) -> None:
        self._directory = ""
        self._count = 0
        self._directory_is_ours = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def directory(self) -> str:
        while not self._directory:
            base = os.environ.get("TMPDIR") or "/tmp"
            path = os.path.join(base, f"enzcc-{os.urandom(6).hex()}")
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:
                continue
            self._directory = path
        return self._directory

    def response_file(self) -> str:
        """Where words go that are too many for a command line: who reads them may be slow."""
        return os.path.join(self.fresh(), "words")

    def fresh(self) -> str:
        """A new directory within, so that files in it can have the names of the sources."""
        while True:
            path = os.path.join(self.directory, str(self._count))
            self._count += 1
            try:
                os.mkdir(path)
            except FileExistsError:
                continue  # another process of the call has made it
            return path

    def give_up(self) -> None:
        """Another process cleans up."""
        self._directory_is_ours = False

    def close(self) -> None:
        directory, self._directory = self._directory, ""
        if directory and self._directory_is_ours:
            _remove_tree(directory)


def _remove_tree(directory: str) -> None:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove_tree(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(directory)
