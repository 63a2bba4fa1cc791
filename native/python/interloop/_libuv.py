"""uvloop in a process that has a libuv of its own (Node): it is to use that one. Two copies would take each other's SIGCHLD away. Private: called by the addon."""

import importlib.machinery
import importlib.util
import os
import sys
from typing import Any

import _interloop


class _Loader(importlib.machinery.ExtensionFileLoader):
    def create_module(self, spec: Any) -> Any:
        _interloop.guard_forks()
        flags = sys.getdlopenflags()
        sys.setdlopenflags(os.RTLD_NOW)  # without DEEPBIND, the symbols of the process come first
        try:
            return super().create_module(spec)
        finally:
            sys.setdlopenflags(flags)


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Any = None, _target: Any = None) -> "importlib.machinery.ModuleSpec | None":
        """As a finder's: the extension module of uvloop, with another loader."""
        if name != "uvloop.loop":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.origin is None:
            return None
        return importlib.util.spec_from_file_location(name, spec.origin, loader=_Loader(name, spec.origin))


def share() -> None:
    """Let a uvloop that is imported from now on use the process's libuv."""
    sys.meta_path.insert(0, _Finder)
