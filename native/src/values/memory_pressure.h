// Memory that the engine's collector does not see: the handle of a Python object is some hundred bytes of JS, and may hold an array of megabytes.
//
// The addon looks at the memory of the process while handles are made, at most once per tick of the system's coarse clock (some milliseconds). When that has grown by much since the last collection, it asks core for
// one (Operation.collect). FinalizationRegistry tells of a collected handle in a later turn only, which a loop without turns never reaches: so core first names the handles that it made lately
// (NativeBinding.watchHandle). They are known here by weak references, and what a collection took is let go of at once.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <vector>

namespace interloop {

struct Environment;

class MemoryPressure {
 public:
  explicit MemoryPressure(Environment& environment) : environment_(environment) {}

  // Takes a weak reference to the handle of `ref`.
  void Watch(int64_t ref, napi_value handle);
  // Releases the objects whose watched handles were collected. Does not need the GIL: their references are queued.
  void Sweep();
  // The environment ends, and the engine's references with it.
  void Forget();

  // Called where Python code and JS may run, on the environment's thread. When the memory of the process has grown by much, it collects; for that it takes the GIL, if the thread does not have it.
  void Look();

 private:
  static constexpr int64_t kLeast = int64_t{96} << 20;  // a growth that is worth a collection
  static constexpr int64_t kMost = int64_t{1} << 30;    // the same, when collections free little; unless the process is large itself

  struct WeakHandle {
    int64_t ref;
    napi_ref handle;
  };

  void Relieve(int64_t before);

  Environment& environment_;
  std::vector<WeakHandle> handles_;
  uint64_t made_ = 0;  // Refs, up to the last look
  long tick_ = 0;      // when that was
  int64_t base_ = -1;  // the memory of the process after the last collection
  int64_t limit_ = kLeast;
  bool looking_ = false;
};

}  // namespace interloop
