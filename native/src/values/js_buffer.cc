#include "values/js_buffer.h"

#include <cstring>
#include <string>
#include <utility>

#include "cpython/module_members.h"
#include "environment/js_values.h"
#include "platform/threads.h"
#include "values/backing_store.h"
#include "values/call_port.h"
#include "values/call_scope.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"
#include "values/memory_copies.h"
#include "values/memory_owner.h"
#include "values/value_to_python.h"

namespace interloop {

// What a Py_buffer keeps; other views of the same value may see another length.
struct Hold {
  explicit Hold(Environment& environment) : environment(environment) {}
  ~Hold() {
    if (copy) environment.copies->Leave(copy);
  }
  Hold(const Hold&) = delete;

  Environment& environment;
  Py_ssize_t shape = 0, stride = 0;
  char format[2] = {};
  std::shared_ptr<void> memory;      // JS's own memory, which stays where it is
  std::shared_ptr<MemoryCopy> copy;  // or a copy of it
};

// What JS says of the memory, or why there is none.
struct JsMemory {
  explicit JsMemory(Environment& environment) : hold(std::make_unique<Hold>(environment)) {}

  std::unique_ptr<Hold> hold;
  void* data = nullptr;
  size_t length = 0;
  bool failed = false, refused = false;
  Value error;
  Text reason;
};

namespace {

// What a memoryview shows.
struct Extent {
  void* data;
  Py_ssize_t length, stride;
  char format;
  bool operator==(const Extent& other) const { return data == other.data && length == other.length && stride == other.stride && format == other.format; }
};

struct JsBuffer {
  JsObject base;
  std::shared_ptr<JsMemory>* memory;  // for the next who asks; or null
  Extent extent;                      // of the memoryview that was given to Python
};

PyTypeObject* buffer_type = nullptr;

// What core says of the memory (binding.ts, Memory).
constexpr double kShared = 1, kResizable = 2;

// Before V8 13, which came with Node 24, ArrayBuffer.prototype.transfer(length) reallocates memory also when somebody holds it.
bool Reallocates(napi_env env) {
  constexpr uint32_t kFirstThatDoesNot = 24;
  const napi_node_version* version = nullptr;
  return napi_get_node_version(env, &version) != napi_ok || version->major < kFirstThatDoesNot;
}

// Holds on to JS's own memory for as long as Python uses it. False where the engine could take it away.
bool HoldMemory(Environment& environment, napi_value buffer, double kind, Hold& hold) {
  void* start = nullptr;
  size_t length = 0;
  const bool shared = kind == kShared;
  if (kind == kResizable) return false;  // its pages go back to the system when it shrinks
  if (!shared && napi_get_arraybuffer_info(environment.env, buffer, &start, &length) == napi_ok) hold.memory = FindMemoryOwner(start, length);
  if (!hold.memory && (shared || !Reallocates(environment.env))) hold.memory = HoldBackingStore(buffer, shared);
  // A SharedArrayBuffer has its memory until it is collected, and the main thread is the last to end: `self` keeps it.
  return hold.memory || (shared && IsProcessMainThread());
}

// Asks core, which answers [bytes, buffer, the format, the item's size, what kind of memory it is], or in words why not. Uses nothing of Python.
void LookHere(Environment& environment, double id, bool written, bool alone, JsMemory& look) {
  napi_env env = environment.env;
  Hold& hold = *look.hold;
  const napi_value arguments[] = {MakeNumber(env, kOperationMemory), MakeNumber(env, id)};
  napi_value described = environment.CallHook(Hook::operate, std::size(arguments), arguments);
  if (!described) {
    look.failed = true;
    PendingErrorFromJs(environment, look.error);
    return;
  }
  look.refused = TypeOfValue(env, described) == napi_string;
  if (look.refused) {
    TextFromJs(env, described, look.reason);
    return;
  }
  napi_value parts[5];
  for (uint32_t index = 0; index < std::size(parts); ++index) parts[index] = ElementOf(env, described, index);
  size_t size = 0;
  if (napi_get_value_string_latin1(env, parts[2], hold.format, sizeof hold.format, &size) != napi_ok) hold.format[0] = '\0';
  hold.stride = static_cast<Py_ssize_t>(GetNumber(env, parts[3]));
  if (hold.stride < 1 || hold.format[0] == '\0' || napi_get_typedarray_info(env, parts[0], nullptr, &look.length, &look.data, nullptr, nullptr) != napi_ok ||
      (!look.data && look.length > 0)) {
    look.refused = true;
    look.reason.narrow = "This runtime does not tell where the memory of this JavaScript buffer is; give Python a copy";
    return;
  }
  hold.shape = static_cast<Py_ssize_t>(look.length) / hold.stride;
  if (look.length == 0 || HoldMemory(environment, parts[1], GetNumber(env, parts[4]), hold)) return;
  hold.copy = environment.copies->Use(parts[0], look.data, look.length, written, alone);
  if (hold.copy) {
    look.data = hold.copy->data + (static_cast<char*>(look.data) - hold.copy->source);
  } else {
    look.refused = true;
    look.reason.narrow = "There is no memory left for a copy of this JavaScript buffer; share the memory instead, with python.share() in JavaScript";
  }
}

void Look(Environment& environment, double id, bool written, bool alone, JsMemory& look) {
  if (RunInScope(environment, [&] { LookHere(environment, id, written, alone, look); })) return;
  look.failed = true;
  PendingErrorFromJs(environment, look.error);
}

// False where it is no plain row of items, or, with a Python error set, where the view was released.
bool ExtentOf(PyObject* view, Extent& extent) {
  Py_buffer buffer;
  if (py.PyObject_GetBuffer(view, &buffer, kBufferFormat | kBufferStrides) < 0) return false;
  const bool plain = buffer.ndim == 1 && !buffer.readonly && buffer.format && std::strlen(buffer.format) == 1;
  if (plain) extent = {buffer.buf, buffer.len, buffer.strides[0], buffer.format[0]};
  py.PyBuffer_Release(&buffer);
  return plain;
}

std::shared_ptr<JsMemory> TakeMemory(PyObject* self) {
  std::unique_ptr<std::shared_ptr<JsMemory>> memory(std::exchange(reinterpret_cast<JsBuffer*>(self)->memory, nullptr));
  return memory ? *memory : nullptr;
}

// Visits the JS thread where this is another one. Null with a Python error set.
std::shared_ptr<JsMemory> AskMemory(Environment& environment, PyObject* self, bool written) {
  auto look = std::make_shared<JsMemory>(environment);
  const bool here = environment.OnThread() && environment.holding;
  auto body = [&environment, self, written, here, look] { Look(environment, JsIdOf(environment, self), written, here, *look); };
  return CallPortOf(&environment).Run(environment, body) ? look : nullptr;
}

int GetBuffer(PyObject* self, Py_buffer* buffer, int flags) {
  buffer->obj = nullptr;
  if (!EnvironmentOf(self)) return CheckEnvironment(nullptr) ? 0 : -1;
  Environment& environment = *EnvironmentOf(self);
  const bool written = flags != 0;  // PyBUF_SIMPLE alone is for who reads bytes; memoryviews do not say what they are for
  std::shared_ptr<JsMemory> look = TakeMemory(self);
  if (!look) look = AskMemory(environment, self, written);
  if (!look) return -1;
  if (look->failed) {
    RaiseValue(environment, look->error);
    return -1;
  }
  if (look->refused) {
    Owned reason(TextToPython(look->reason));
    if (reason) py.PyErr_SetObject(py.PyExc_BufferError, reason.get());
    return -1;
  }
  std::unique_ptr<Hold> hold = std::move(look->hold);

  static char empty;
  buffer->buf = look->data ? look->data : &empty;
  buffer->len = static_cast<Py_ssize_t>(look->length);
  buffer->readonly = hold->copy && !written;
  buffer->itemsize = hold->stride;
  buffer->format = flags & kBufferFormat ? hold->format : nullptr;
  buffer->ndim = 1;
  buffer->shape = (flags & kBufferNd) == kBufferNd ? &hold->shape : nullptr;
  buffer->strides = (flags & kBufferStrides) == kBufferStrides ? &hold->stride : nullptr;
  buffer->suboffsets = nullptr;
  buffer->internal = hold.release();
  buffer->obj = NewRef(self);
  return 0;
}

void ReleaseBuffer(PyObject*, Py_buffer* buffer) { delete static_cast<Hold*>(buffer->internal); }

void DeallocJsBuffer(PyObject* self) {
  TakeMemory(self);
  DeallocJsObject(self);
}

}  // namespace

PyTypeObject* AddJsBuffer(PyObject* module, PyTypeObject* base) {
  static PyType_Slot slots[] = {
      {kTpDoc, const_cast<char*>("A JavaScript typed array, DataView, ArrayBuffer or SharedArrayBuffer: memoryview(it) shows its memory.")},
      {kTpDealloc, SlotOf(DeallocJsBuffer)},
      {kBfGetBuffer, reinterpret_cast<void*>(GetBuffer)},
      {kBfReleaseBuffer, reinterpret_cast<void*>(ReleaseBuffer)},
      {0, nullptr}};
  return buffer_type = AddType(module, "interloop.JsBuffer", sizeof(JsBuffer), 0, slots, base);
}

std::shared_ptr<JsMemory> LookAtMemory(Environment& environment, double id) {
  auto look = std::make_shared<JsMemory>(environment);
  Look(environment, id, true, false, *look);
  return look;
}

PyObject* MemoryViewOf(PyObject* buffer, std::shared_ptr<JsMemory> memory) {
  if (!buffer) return nullptr;
  Owned owned(buffer);
  if (memory) reinterpret_cast<JsBuffer*>(buffer)->memory = new std::shared_ptr<JsMemory>(std::move(memory));
  Owned view(py.PyMemoryView_FromObject(buffer));
  if (view && ExtentOf(view.get(), reinterpret_cast<JsBuffer*>(buffer)->extent)) return view.release();
  py.PyErr_Clear();  // who asks the JsBuffer for its memory is told why there is none
  return owned.release();
}

PyObject* WholeBufferOf(PyObject* view) {
  static PyObject* name = Interned("obj");
  Owned owner(py.PyObject_GetAttr(view, name));
  Extent seen;
  const bool is_buffer = owner && TypeOf(owner.get()) == buffer_type && ExtentOf(view, seen);
  if (py.PyErr_Occurred()) py.PyErr_Clear();  // the view was released
  return is_buffer && seen == reinterpret_cast<JsBuffer*>(owner.get())->extent ? owner.release() : nullptr;
}

}  // namespace interloop
