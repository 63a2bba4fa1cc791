"""The memory of tensors that have no buffer protocol, through DLPack. Called by the addon."""

from typing import Any

import _interloop

from ._errors import InterloopError

# Devices whose memory the CPU reads: its own, and pinned memory of CUDA and ROCm.
_CPU = (1, 3, 11)


def memory_of(tensor: Any) -> Any:
    """What shows the memory of `tensor` as a buffer, and holds it."""
    device = tensor.__dlpack_device__()
    if device[0] not in _CPU:
        raise InterloopError(
            "buffer-unsupported", f"Cannot show this memory: the {type(tensor).__name__} lies on another device; copy it to the CPU first, as with tensor.cpu()"
        )
    return _interloop.tensor_memory(tensor.__dlpack__())
