"""Make JavaScript and TypeScript files on ``sys.path`` importable as Python modules, from the import of this module on.

Example:
    >>> import interloop.auto  # doctest: +SKIP
    >>> import shop  # shop.ts  # doctest: +SKIP
"""

from ._modules import install

install()
