#include "values/py_buffer.h"

#include <algorithm>
#include <cstring>

#include "environment/js_values.h"
#include "platform/page_protection.h"
#include "values/backing_store.h"
#include "values/convert.h"
#include "values/dlpack.h"
#include "values/errors.h"
#include "values/memory_owner.h"

namespace interloop {

namespace {

constexpr int kMostDimensions = 64;  // as many as Python allows

// Where the elements of a view lie.
struct Extent {
  int dimensions = 1;
  Py_ssize_t shape[kMostDimensions], strides[kMostDimensions];
  char* low = nullptr;
  Py_ssize_t offset = 0;  // from `low` to the first element
  Py_ssize_t bytes = 0;
};

// Everything is checked here: what JS reaches are these bytes and no others. False for a view that makes no sense.
bool Measure(const Py_buffer& view, Extent& extent) {
  static char empty;
  if (view.ndim < 0 || view.ndim > kMostDimensions || view.itemsize < 0 || view.len < 0) return false;
  extent.dimensions = view.ndim;
  if (!view.shape && view.ndim == 1) {
    extent.shape[0] = view.itemsize > 0 ? view.len / view.itemsize : 0;
  } else if (view.ndim > 0) {
    if (!view.shape) return false;
    std::copy_n(view.shape, view.ndim, extent.shape);
  }
  if (view.ndim > 0 && view.strides) {
    std::copy_n(view.strides, view.ndim, extent.strides);
  } else {  // as ctypes has it: in order
    Py_ssize_t stride = view.itemsize;
    for (int axis = view.ndim; axis-- > 0;) {
      extent.strides[axis] = stride;
      if (__builtin_mul_overflow(stride, extent.shape[axis], &stride)) return false;
    }
  }
  Py_ssize_t size = view.itemsize, below = 0, above = 0;
  for (int axis = 0; axis < view.ndim; ++axis) {
    Py_ssize_t count = extent.shape[axis], reach = 0;
    if (count < 0 || __builtin_mul_overflow(size, count, &size)) return false;
    if (count == 0) continue;
    if (__builtin_mul_overflow(count - 1, extent.strides[axis], &reach)) return false;
    Py_ssize_t& side = reach < 0 ? below : above;
    if (__builtin_add_overflow(side, reach, &side)) return false;
  }
  if (size != view.len) return false;
  if (size == 0) {
    extent.low = view.buf ? static_cast<char*>(view.buf) : &empty;
    return true;
  }
  if (!view.buf || __builtin_sub_overflow(above, below, &extent.bytes) || __builtin_add_overflow(extent.bytes, view.itemsize, &extent.bytes)) return false;
  extent.low = static_cast<char*>(view.buf) + below;
  extent.offset = -below;
  return true;
}

// Whether a struct format has Python objects or other addresses among its items: numbers written there from JS would be followed.
bool HasPointers(const char* format) {
  for (const char* c = format; c && *c; ++c) {
    if (*c == ':') {  // a field's name
      c = std::strchr(c + 1, ':');
      if (!c) return true;
    } else if (*c == 'Z' && (c[1] == 'f' || c[1] == 'd' || c[1] == 'g')) {
      ++c;  // a complex number
    } else if (std::strchr("O&PXzZ", *c)) {
      return true;
    }
  }
  return false;
}

bool HasIndirections(const Py_buffer& view) {
  for (int axis = 0; view.suboffsets && axis < view.ndim; ++axis) {
    if (view.suboffsets[axis] >= 0) return true;
  }
  return false;
}

std::mutex& OrphansMutex() {
  static auto* mutex = new std::mutex();  // used until the process ends
  return *mutex;
}

std::vector<PyBufferExport*>& Orphans() {
  static auto* orphans = new std::vector<PyBufferExport*>();
  return *orphans;
}

// The collector of JS knows nothing of the GIL, and Deno's frees such memory on any thread: so nothing but the queue is touched, and the next entry, which the wake sees to, does the rest.
void OnCollected(napi_env, void*, void* hint) {
  auto* exported = static_cast<PyBufferExport*>(hint);
  Environment& environment = *exported->environment;
  if (!environment.alive || environment.finalized) {
    std::lock_guard<std::mutex> lock(OrphansMutex());
    Orphans().push_back(exported);
    any_orphaned_buffers = true;
    return;
  }
  {
    std::lock_guard<std::mutex> lock(environment.ended_mutex);
    environment.ended_exports.push_back(exported);
    environment.any_ended = true;
  }
  environment.WakeLoop();
}

// What the object exported before, when its ArrayBuffer lives, has not been transferred, and shows the same memory: an array's shape can change while it is looked at.
napi_value FindExport(Environment& environment, PyObject* object, const Extent& extent, PyBufferExport*& exported) {
  auto found = environment.exports.find(object);
  if (found == environment.exports.end()) return nullptr;
  const PyBufferExport& known = *found->second;
  if (known.low != extent.low || known.bytes != static_cast<size_t>(extent.bytes)) return nullptr;
  napi_value memory = nullptr;
  bool detached = false;
  if (napi_get_reference_value(environment.env, known.memory, &memory) != napi_ok || !memory) return nullptr;
  if (napi_is_detached_arraybuffer(environment.env, memory, &detached) != napi_ok || detached) return nullptr;
  exported = found->second;
  return memory;
}

// A copy, in a runtime that allows no memory of others in an ArrayBuffer, as Electron does (https://www.electronjs.org/blog/v8-memory-cage). Nothing is exported, and the view is not kept.
napi_value MakeCopy(Environment& environment, const Extent& extent) {
  const size_t bytes = static_cast<size_t>(extent.bytes);
  napi_value memory = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(environment.env, bytes, &data, &memory) != napi_ok) {
    TakeThrown(environment.env);
    return ThrowFailure(environment, "out-of-resources", "Cannot copy this memory: the runtime has not so much");
  }
  if (bytes > 0) std::memcpy(data, extent.low, bytes);
  return memory;
}

// The view passes to the export, when there is one: otherwise the memory is a copy.
napi_value MakeExport(Environment& environment, PyObject* object, const Py_buffer& view, const Extent& extent, PyBufferExport*& exported) {
  auto fresh = std::make_unique<PyBufferExport>();
  const size_t bytes = static_cast<size_t>(extent.bytes);
  *fresh = {&environment, ++environment.last_export, nullptr, view.obj, extent.low, bytes, nullptr, 0, {}, false};
  napi_value memory = nullptr;
  const napi_status status = napi_create_external_arraybuffer(environment.env, fresh->low, fresh->bytes, OnCollected, fresh.get(), &memory);
  if (status == napi_no_external_buffers_allowed) return MakeCopy(environment, extent);
  if (status != napi_ok) {
    TakeThrown(environment.env);
    return ThrowFailure(environment, "out-of-resources", "Cannot show this memory: the runtime made no ArrayBuffer of it");
  }
  // Without it the memory is not found again, and is exported once more.
  if (napi_create_reference(environment.env, memory, 0, &fresh->memory) != napi_ok) fresh->memory = nullptr;
  if (std::shared_ptr<void> store = HoldBackingStore(memory, false)) {
    fresh->store = store;
    fresh->has_store = true;
  }
  fresh->owner = std::make_shared<PyBufferOwner>(view, extent.low);
  AddMemoryOwner(extent.low, bytes, fresh->owner);
  ++environment.buffers;
  exported = fresh.release();
  environment.looked_at[exported->id] = exported;
  // An object may name another as the owner of its memory (a memoryview does not); only its own export can be found by it.
  if (exported->object == object) environment.exports[object] = exported;
  return memory;
}

napi_value NumbersToJs(napi_env env, const Py_ssize_t* numbers, int count) {
  std::vector<napi_value> values;
  values.reserve(static_cast<size_t>(count));
  for (int index = 0; index < count; ++index) values.push_back(MakeNumber(env, static_cast<double>(numbers[index])));
  return MakeArray(env, values.data(), values.size());
}

constexpr int kMostAlignment = 16;  // what memory of an engine's own has

// The largest power of two, up to 16, that divides the address.
int AlignmentOf(const void* address) {
  uintptr_t bits = reinterpret_cast<uintptr_t>(address) | uintptr_t{kMostAlignment};
  return static_cast<int>(bits & (~bits + 1));
}

// The memory goes back to its owner; the finalizer of the ArrayBuffer frees the rest.
void ReleaseView(Environment& environment, PyBufferExport* exported) {
  if (!exported->owner) return;
  std::shared_ptr<PyBufferOwner> owner = std::move(exported->owner);
  exported->owner = nullptr;
  auto found = environment.exports.find(exported->object);
  if (found != environment.exports.end() && found->second == exported) environment.exports.erase(found);
  environment.looked_at.erase(exported->id);
  --environment.buffers;
}

const char* WhyNot(const Py_buffer& view, PyObject* object, const Extent& extent) {
  if (HasIndirections(view)) return "Cannot show this memory: it is in pieces; copy it in Python first";
  if (HasPointers(view.format)) return "Cannot show this memory: its items are Python objects or addresses, and a number written there would end the process";
  // Objects of type bytes are ordinary memory.
  if (view.readonly && !IsExactly(object, py.PyBytes_Type) && IsWriteProtected(extent.low, static_cast<size_t>(extent.bytes))) {
    return "Cannot show this memory: the operating system protects it, and a write from JS would end the process; copy it in Python first, or map it "
           "copy-on-write "
           "(mmap.ACCESS_COPY, numpy.memmap with mode=\"c\")";
  }
  return nullptr;
}

}  // namespace

std::atomic<bool> any_orphaned_buffers{false};

PyBufferOwner::~PyBufferOwner() {
  RemoveMemoryOwner(low, this);
  py.PyBuffer_Release(&view);
}

napi_value ExportBuffer(Environment& environment, PyObject* object) {
  napi_env env = environment.env;
  Py_buffer view;
  Owned tensor;
  if (py.PyObject_GetBuffer(object, &view, kBufferFormat | kBufferStrides) < 0) {
    tensor.reset(TensorMemoryOf(object));
    if (!tensor || py.PyObject_GetBuffer(tensor.get(), &view, kBufferFormat | kBufferStrides) < 0) return ThrowPython(environment);
  }
  Extent extent;
  PyBufferExport* exported = nullptr;
  bool kept = false;
  napi_value memory = nullptr, result = nullptr;
  if (!Measure(view, extent)) {
    ThrowFailure(environment, "buffer-unsupported", "Cannot show this memory: the object contradicts itself about its size");
  } else if (!(memory = FindExport(environment, object, extent, exported))) {
    if (const char* reason = WhyNot(view, object, extent)) {
      ThrowFailure(environment, "buffer-unsupported", reason);
    } else {
      memory = MakeExport(environment, object, view, extent, exported);
      kept = exported != nullptr;
    }
  }
  if (memory) {
    if (exported) ++exported->looks;
    const napi_value parts[] = {memory,
                                MakeText(env, view.format ? view.format : "B"),
                                MakeNumber(env, static_cast<double>(view.itemsize)),
                                MakeBoolean(env, view.readonly),
                                MakeNumber(env, static_cast<double>(extent.offset)),
                                MakeNumber(env, exported ? AlignmentOf(extent.low) : kMostAlignment),
                                NumbersToJs(env, extent.shape, extent.dimensions),
                                NumbersToJs(env, extent.strides, extent.dimensions),
                                MakeNumber(env, exported ? exported->id : 0),
                                MakeBoolean(env, !exported)};
    result = MakeArray(env, parts, std::size(parts));
  }
  if (!kept) py.PyBuffer_Release(&view);
  return result;
}

bool EndLook(Environment& environment, double id) {
  auto found = environment.looked_at.find(id);
  if (found == environment.looked_at.end()) return true;
  PyBufferExport* exported = found->second;
  if (exported->looks > 0) --exported->looks;
  if (exported->looks > 0) return false;
  napi_value memory = nullptr;
  bool detached = false;
  if (napi_get_reference_value(environment.env, exported->memory, &memory) != napi_ok || !memory) return false;
  // Transferred: another ArrayBuffer has the memory, and the finalizer tells when that one has gone.
  if (napi_is_detached_arraybuffer(environment.env, memory, &detached) != napi_ok || detached) return false;
  if (napi_detach_arraybuffer(environment.env, memory) != napi_ok) return false;
  ReleaseView(environment, exported);
  return true;
}

void ReleaseFreedBuffers(Environment& environment) {
  std::vector<PyBufferExport*> freed;
  for (const auto& [id, exported] : environment.looked_at) {
    if (exported->has_store && exported->store.expired()) freed.push_back(exported);
  }
  for (PyBufferExport* exported : freed) ReleaseView(environment, exported);
  if (environment.any_ended) ReleaseEndedBuffers(environment);
}

void ReleaseEndedBuffers(Environment& environment) {
  std::vector<PyBufferExport*> ended;
  {
    std::lock_guard<std::mutex> lock(environment.ended_mutex);
    ended.swap(environment.ended_exports);
    environment.any_ended = false;
  }
  for (PyBufferExport* item : ended) {
    std::unique_ptr<PyBufferExport> exported(item);
    if (exported->memory && napi_delete_reference(environment.env, exported->memory) != napi_ok) exported->memory = nullptr;  // the engine has ended it
    ReleaseView(environment, item);
  }
}

void ReleaseLastBuffers(Environment& environment) {
  std::vector<PyBufferExport*> ended;
  {
    std::lock_guard<std::mutex> lock(environment.ended_mutex);
    ended.swap(environment.ended_exports);
  }
  for (PyBufferExport* item : ended) {
    std::unique_ptr<PyBufferExport> exported(item);
    ReleaseView(environment, item);
  }
}

void ReleaseOrphanedBuffers() {
  std::vector<PyBufferExport*> orphans;
  {
    std::lock_guard<std::mutex> lock(OrphansMutex());
    orphans.swap(Orphans());
    any_orphaned_buffers = false;
  }
  for (PyBufferExport* item : orphans) {
    std::unique_ptr<PyBufferExport> exported(item);
    ReleaseView(*item->environment, item);
  }
}

}  // namespace interloop
