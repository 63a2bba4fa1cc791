"""As the first line of a program: from here on ``.ts`` and ``.js`` files on ``sys.path`` are importable.

In a plain Python the process becomes a JavaScript runtime that runs the same program from its beginning: the one that ``INTERLOOP_RUNTIME`` names (``node``, ``deno``, ``bun``), or the first that is there.

Example:
    >>> import interloop.auto  # doctest: +SKIP
    >>> import shop  # shop.ts  # doctest: +SKIP
"""

from ._host import become_again, inside
from ._modules import install

if not inside():
    become_again()
install()
