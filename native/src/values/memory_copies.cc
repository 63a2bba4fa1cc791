#include "values/memory_copies.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "environment/environment.h"
#include "values/call_scope.h"

namespace interloop {

namespace {

// Calls body(from, to) for each stretch of bytes in which the two differ, in blocks that are quickly compared.
template <class Body>
void ForEachDifference(const char* a, const char* b, size_t length, Body body) {
  constexpr size_t kBlock = 4096;
  for (size_t start = 0; start < length; start += kBlock) {
    const size_t end = std::min(length, start + kBlock);
    if (std::memcmp(a + start, b + start, end - start) == 0) continue;
    for (size_t index = start; index < end; ++index) {
      if (a[index] != b[index]) body(index);
    }
  }
}

// The block that was freed last, when it is not large: the system takes far longer to map pages anew than a copy takes.
class Spare {
 public:
  char* Take(size_t length, size_t& size) {
    constexpr size_t kAlignment = 64;  // as numpy and Arrow like it
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (size_ >= length && size_ / 4 <= length) {
        size = std::exchange(size_, 0);
        return std::exchange(data_, nullptr);
      }
    }
    void* memory = nullptr;
    size = length;
    return posix_memalign(&memory, kAlignment, length) == 0 ? static_cast<char*>(memory) : nullptr;
  }
  void Give(char* data, size_t size) {
    constexpr size_t kLeast = 64 << 10, kMost = 8 << 20;
    if (data && size >= kLeast && size <= kMost) {
      std::lock_guard<std::mutex> lock(mutex_);
      std::swap(data, data_);
      std::swap(size, size_);
    }
    std::free(data);
  }

 private:
  std::mutex mutex_;
  char* data_ = nullptr;
  size_t size_ = 0;
};

Spare& SpareBlock() {
  static auto* spare = new Spare();  // used until the process ends
  return *spare;
}

}  // namespace

MemoryCopy::MemoryCopy(const char* source, size_t length) : data(SpareBlock().Take(length, size)), length(length), source(const_cast<char*>(source)) {
  if (data) std::memcpy(data, source, length);
}

MemoryCopy::~MemoryCopy() { SpareBlock().Give(data, size); }

std::shared_ptr<MemoryCopy> MemoryCopies::Use(napi_value bytes, void* source, size_t length, bool written, bool alone) {
  ToJs();
  ToPython();
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& copy : copies_) {
    const char* start = static_cast<const char*>(source);
    if (!copy->bytes || start < copy->source || start + length > copy->source + copy->length) continue;
    if (written && !copy->written && !Remember(*copy)) return nullptr;
    copy->written = copy->written || written;
    ++copy->users;
    return copy;
  }
  auto copy = std::make_shared<MemoryCopy>(static_cast<const char*>(source), length);
  if (!copy->data || (written && (!alone || !copies_.empty()) && !Remember(*copy))) return nullptr;
  if (napi_create_reference(environment_.env, bytes, 1, &copy->bytes) != napi_ok) return nullptr;
  copy->written = written;
  copy->users = 1;
  copies_.push_back(copy);
  count_ = copies_.size();
  return copy;
}

void MemoryCopies::Leave(const std::shared_ptr<MemoryCopy>& copy) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--copy->users > 0) return;
    if (environment_.alive && environment_.OnThread()) {
      auto last = [&] {
        if (copy->bytes && Find(*copy)) Send(*copy, false);
      };
      if (!RunInScope(environment_, last)) last();
      RemoveUnused();
      return;
    }
  }
  // Its last bytes go to JS there.
  if (environment_.alive) environment_.WakeLoop();
}

bool MemoryCopies::Remember(MemoryCopy& copy) {
  copy.seen.reset(new (std::nothrow) char[copy.length]);
  if (copy.seen) std::memcpy(copy.seen.get(), copy.source, copy.length);
  return copy.seen != nullptr;
}

void MemoryCopies::Forget(MemoryCopy& copy) {
  if (copy.bytes) napi_delete_reference(environment_.env, copy.bytes);
  copy.bytes = nullptr;
}

// Whether JS still has the memory; where it is.
bool MemoryCopies::Find(MemoryCopy& copy) {
  napi_env env = environment_.env;
  napi_value bytes = nullptr;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_reference_value(env, copy.bytes, &bytes) != napi_ok || !bytes) return false;
  if (napi_get_typedarray_info(env, bytes, nullptr, &length, &data, nullptr, nullptr) != napi_ok) return false;
  if (!data || length != copy.length) {  // it was taken away
    Forget(copy);
    return false;
  }
  copy.source = static_cast<char*>(data);
  return true;
}

// What Python has written.
void MemoryCopies::Send(MemoryCopy& copy, bool keep) {
  if (!copy.written) return;
  char *source = copy.source, *seen = copy.seen.get();
  const char* data = copy.data;
  ForEachDifference(data, seen ? seen : source, copy.length, [&](size_t index) {
    source[index] = data[index];
    if (seen) seen[index] = data[index];
  });
  // Without it the two cannot be told apart any more: Python's copy stays what it is.
  if (!seen && keep && !Remember(copy)) Forget(copy);
}

// What JS has written.
void MemoryCopies::Receive(MemoryCopy& copy) {
  const char* source = copy.source;
  char *data = copy.data, *seen = copy.seen.get();
  if (!copy.written) {
    ForEachDifference(source, data, copy.length, [&](size_t index) { data[index] = source[index]; });
  } else if (seen) {
    ForEachDifference(source, seen, copy.length, [&](size_t index) { data[index] = seen[index] = source[index]; });
  }
}

void MemoryCopies::Exchange(bool to_js) {
  std::lock_guard<std::mutex> lock(mutex_);
  HandleScope scope(environment_.env);
  for (const auto& copy : copies_) {
    if (!copy->bytes || !Find(*copy)) continue;
    if (to_js) {
      Send(*copy, true);
    } else {
      Receive(*copy);
    }
  }
  if (to_js) RemoveUnused();
}

void MemoryCopies::RemoveUnused() {
  auto unused = std::remove_if(copies_.begin(), copies_.end(), [this](const std::shared_ptr<MemoryCopy>& copy) {
    if (copy->users > 0) return false;
    Forget(*copy);
    return true;
  });
  copies_.erase(unused, copies_.end());
  count_ = copies_.size();
}

}  // namespace interloop
