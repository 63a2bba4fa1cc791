// Memory that an ArrayBuffer shows and that does not belong to the engine: Python's own (py_buffer.h), and blocks that JS and Python share (shared_block.h). Whoever holds its owner has the memory, whatever becomes of
// the ArrayBuffer. It is found by where it begins, since an ArrayBuffer that was transferred is another object over the same memory.
#pragma once

#include <cstddef>
#include <memory>

namespace interloop {

// On any thread. `owner` is named for as long as somebody else holds it.
void AddMemoryOwner(const void* start, size_t bytes, const std::shared_ptr<void>& owner);
// Called by the owner's destructor.
void RemoveMemoryOwner(const void* start, const void* owner);
// Of an ArrayBuffer that shows exactly this memory; null: it is the engine's.
std::shared_ptr<void> FindMemoryOwner(const void* start, size_t bytes);

}  // namespace interloop
