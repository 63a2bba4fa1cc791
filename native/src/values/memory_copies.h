// Copies of JS memory that Python uses.
//
// Python has addresses in its memoryviews and arrays, and asks nobody before it uses them. An engine can take the memory of an ArrayBuffer away at any time: transfer() (of another realm too), postMessage(), byte streams, a WebAssembly
// memory that grows from inside, resize(), the end of a worker. Only V8 in Node lets an addon hold the memory all the same (backing_store.h). Everywhere else Python is given a copy, which lasts for as long as Python has a view of it.
//
// Both sides see each other's writes whenever the other one begins to run: what Python has written goes to JS before JS runs, and what JS has written comes to Python before Python runs. `seen` is what both had then; bytes that
// differ from it were written since. When the ArrayBuffer has lost its memory, Python's copy stays what it is.
#pragma once

#include <node_api.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace interloop {

struct Environment;

struct MemoryCopy {
  MemoryCopy(const char* source, size_t length);
  ~MemoryCopy();
  MemoryCopy(const MemoryCopy&) = delete;

  size_t size = 0;  // of the block, before `data`, whose making sets it
  char* data;       // null: there is no memory for it
  const size_t length;
  char* source;                  // where JS's memory was when it was last looked at
  std::unique_ptr<char[]> seen;  // null: JS has not run since the copy was made, so that its memory is what both have seen
  napi_ref bytes = nullptr;      // the Uint8Array over JS's memory; null: that memory is gone
  bool written = false;          // Python may write
  int users = 0;
};

class MemoryCopies {
 public:
  explicit MemoryCopies(Environment& environment) : environment_(environment) {}

  // On the environment's thread: a copy of what `bytes`, a Uint8Array, shows, or one with more around it, so that views of one memory have one copy; `source` is at the same place in both. `alone`: JS does not run before the caller does. Null: there is no memory.
  std::shared_ptr<MemoryCopy> Use(napi_value bytes, void* source, size_t length, bool written, bool alone);
  // One use has ended, on any thread.
  void Leave(const std::shared_ptr<MemoryCopy>& copy);

  // On the environment's thread: before JS runs, and before Python does.
  void ToJs() {
    if (count_ > 0) Exchange(true);
  }
  void ToPython() {
    if (count_ > 0) Exchange(false);
  }
  size_t count() const { return count_; }

 private:
  void Exchange(bool to_js);
  bool Remember(MemoryCopy& copy);
  void Forget(MemoryCopy& copy);
  bool Find(MemoryCopy& copy);
  void Send(MemoryCopy& copy, bool keep);
  void Receive(MemoryCopy& copy);
  void RemoveUnused();

  Environment& environment_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<MemoryCopy>> copies_;
  std::atomic<size_t> count_{0};
};

}  // namespace interloop
