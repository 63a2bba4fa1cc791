"""Writing the properties of a handle: which are items of a mapping or table, and which are attributes."""

from typing import Any

from ._handle_data import has_item, is_keyed, names_of_fields


def set_named(target: Any, name: str, value: Any) -> None:
    """`target[name] = value` where reading the property would give an item, else `setattr`."""
    if _is_for_item(target, name, "__setitem__"):
        target[name] = value
    else:
        setattr(target, name, value)


def delete_named(target: Any, name: str) -> None:
    """`del target[name]` where there is such an item, else `delattr`."""
    if _is_for_item(target, name, "__delitem__") and has_item(target, name):
        del target[name]
    else:
        delattr(target, name)


def _is_for_item(target: Any, name: str, method: str) -> bool:
    kind = type(target)
    if not hasattr(kind, method):
        return False
    if not is_keyed(target):
        return name in names_of_fields(target) and not hasattr(kind, name)
    for base in kind.__mro__:
        if name not in vars(base):
            continue
        member = vars(base)[name]
        if hasattr(type(member), "__get__") and not hasattr(type(member), "__set__"):
            # The name of a method: neither it nor an item of that name can be what the program means.
            raise AttributeError(
                f"{name!r} is a method of {kind.__name__}, so the property is no item: python.setItem and python.deleteItem change the item {name!r}"
            )
        return False
    return name not in getattr(target, "__dict__", ())
