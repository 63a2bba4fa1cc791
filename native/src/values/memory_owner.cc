#include "values/memory_owner.h"

#include <mutex>
#include <unordered_map>

namespace interloop {

namespace {

struct PythonScope {
  size_t bytes;
  const void* address;
  std::weak_ptr<void> owner;
};

std::mutex& Mutex() {
  static auto* mutex = new std::mutex();  // used until the process ends
  return *mutex;
}

std::unordered_multimap<const void*, PythonScope>& Entries() {
  static auto* entries = new std::unordered_multimap<const void*, PythonScope>();
  return *entries;
}

}  // namespace

void AddMemoryOwner(const void* start, size_t bytes, const std::shared_ptr<void>& owner) {
  if (bytes == 0) return;
  std::lock_guard<std::mutex> lock(Mutex());
  Entries().emplace(start, PythonScope{bytes, owner.get(), owner});
}

void RemoveMemoryOwner(const void* start, const void* owner) {
  std::lock_guard<std::mutex> lock(Mutex());
  auto [first, last] = Entries().equal_range(start);
  while (first != last) first = first->second.address == owner ? Entries().erase(first) : std::next(first);
}

std::shared_ptr<void> FindMemoryOwner(const void* start, size_t bytes) {
  std::lock_guard<std::mutex> lock(Mutex());
  auto [first, last] = Entries().equal_range(start);
  for (; first != last; ++first) {
    if (first->second.bytes != bytes) continue;
    if (std::shared_ptr<void> owner = first->second.owner.lock()) return owner;
  }
  return nullptr;
}

}  // namespace interloop
