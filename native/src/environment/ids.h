// The ids that core gives: of a conversion in flight, and of a JS value that Python holds. Each is a slot and its generation in one number, `slot + generation * 2^28` (core's bridge/ids.ts). Slots are
// used again, ids are not, so a table that is indexed by slot keeps the whole id and compares it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace interloop {

constexpr double kIdsEnd = 9007199254740992.0;  // 2^53: ids are safe integers

inline bool IsId(double id) { return id >= 0 && id < kIdsEnd; }

// No table has the slot of what is no id.
inline size_t SlotOfId(double id) { return IsId(id) ? static_cast<size_t>(static_cast<uint64_t>(id) & ((uint64_t{1} << 28) - 1)) : SIZE_MAX; }

}  // namespace interloop
