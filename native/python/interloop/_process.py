"""What Python and JavaScript share of the process. Private: the addon calls this once, when it has started Python."""

from . import _environ, _signals, _stdio


def share() -> None:
    """Let both languages use it side by side."""
    _stdio.install()
    _signals.install()
    _environ.install()
