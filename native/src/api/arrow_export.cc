#include "api/arrow_export.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cpython/module_members.h"
#include "interpreter/interpreter_end.h"
#include "values/errors.h"

namespace interloop {

namespace {

// The layout of Arrow's structures, which never changes.
struct ArrowSchema {
  const char *format, *name, *metadata;
  int64_t flags, n_children;
  ArrowSchema **children, *dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length, null_count, offset, n_buffers, n_children;
  const void** buffers;
  ArrowArray **children, *dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema*);
  int (*get_next)(ArrowArrayStream*, ArrowArray*);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};

constexpr const char *kSchemaCapsule = "arrow_schema", *kArrayCapsule = "arrow_array", *kStreamCapsule = "arrow_array_stream";

// A structure that nobody has taken over is released with its owner.
template <class Structure>
struct Releaser {
  void operator()(Structure* structure) const {
    if (structure->release) structure->release(structure);
    delete structure;
  }
};
template <class Structure>
using OwnedStructure = std::unique_ptr<Structure, Releaser<Structure>>;

template <class Structure>
OwnedStructure<Structure> MakeEmpty() {
  return OwnedStructure<Structure>(new Structure{});
}

// What a schema or an array has below it.
template <class Structure>
struct Below {
  std::vector<OwnedStructure<Structure>> children;
  std::vector<Structure*> pointers;
  OwnedStructure<Structure> dictionary;

  void Show(Structure& structure) {
    for (auto& child : children) pointers.push_back(child.get());
    structure.n_children = static_cast<int64_t>(pointers.size());
    structure.children = pointers.empty() ? nullptr : pointers.data();
    structure.dictionary = dictionary.get();
  }
};

struct SchemaData {
  std::string format, name, metadata;
  Below<ArrowSchema> below;
};

struct ArrayData {
  std::vector<PyObject*> held;  // ArrowMemory: owned
  std::vector<const void*> buffers;
  Below<ArrowArray> below;

  // On any thread, with or without the GIL.
  ~ArrayData() {
    if (held.empty() || InterpreterHasEnded()) return;
    const int state = py.PyGILState_Ensure();
    for (PyObject* memory : held) py.Py_DecRef(memory);
    py.PyGILState_Release(state);
  }
};

template <class Structure, class Data>
void Release(Structure* structure) {
  structure->release = nullptr;
  delete static_cast<Data*>(structure->private_data);
}

PyObject* ItemOf(PyObject* tuple, Py_ssize_t index) { return py.PyTuple_GetItem(tuple, index); }

// False with a Python error set for anything but a tuple of so many items.
bool IsTupleOf(PyObject* object, Py_ssize_t count) {
  if (IsExactly(object, py.PyTuple_Type) && py.PyTuple_Size(object) == count) return true;
  py.PyErr_SetString(py.PyExc_TypeError, "This is not the description of an Arrow schema or array");
  return false;
}

// The number of items of a tuple; -1 with a Python error set for anything else.
Py_ssize_t SizeOf(PyObject* object) {
  if (IsExactly(object, py.PyTuple_Type)) return py.PyTuple_Size(object);
  IsTupleOf(object, -1);
  return -1;
}

bool ReadInteger(PyObject* object, int64_t& number) {
  int overflow = 0;
  number = py.PyLong_AsLongLongAndOverflow(object, &overflow);
  return !py.PyErr_Occurred();
}

bool ReadString(PyObject* object, std::string& text) {
  Py_ssize_t size = 0;
  const char* data = py.PyUnicode_AsUTF8AndSize(object, &size);
  if (data) text.assign(data, static_cast<size_t>(size));
  return data != nullptr;
}

bool ReadBytes(PyObject* object, std::string& bytes) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (py.PyBytes_AsStringAndSize(object, &data, &size) < 0) return false;
  bytes.assign(data, static_cast<size_t>(size));
  return true;
}

template <class Structure, class Read>
bool ReadBelow(PyObject* children, PyObject* dictionary, Below<Structure>& below, Read read) {
  const Py_ssize_t count = SizeOf(children);
  if (count < 0) return false;
  for (Py_ssize_t index = 0; index < count; ++index) {
    below.children.push_back(MakeEmpty<Structure>());
    if (!read(ItemOf(children, index), *below.children.back())) return false;
  }
  if (dictionary == None()) return true;
  below.dictionary = MakeEmpty<Structure>();
  return read(dictionary, *below.dictionary);
}

// (format, name, metadata, flags, children, dictionary)
bool ReadSchema(PyObject* tree, ArrowSchema& schema) {
  auto data = std::make_unique<SchemaData>();
  int64_t flags = 0;
  if (!IsTupleOf(tree, 6) || !ReadString(ItemOf(tree, 0), data->format) || !ReadString(ItemOf(tree, 1), data->name) ||
      !ReadBytes(ItemOf(tree, 2), data->metadata) || !ReadInteger(ItemOf(tree, 3), flags) ||
      !ReadBelow(ItemOf(tree, 4), ItemOf(tree, 5), data->below, ReadSchema)) {
    return false;
  }
  schema.format = data->format.c_str();
  schema.name = data->name.c_str();
  schema.metadata = data->metadata.empty() ? nullptr : data->metadata.data();
  schema.flags = flags;
  data->below.Show(schema);
  schema.private_data = data.release();
  schema.release = Release<ArrowSchema, SchemaData>;
  return true;
}

// Memory of JavaScript that Arrow arrays consist of. It is taken once: whoever has it then can use it on any thread, and needs nothing of JavaScript.
struct ArrowMemory {
  PyObject head;
  Py_buffer buffer;  // JavaScript's own memory, where the engine lets Python hold it
  void* copy;        // or a copy of it
  const void* data;
  Py_ssize_t length;
};

PyTypeObject* memory_type = nullptr;

ArrowMemory* Cast(PyObject* object) { return reinterpret_cast<ArrowMemory*>(object); }

// arrow_memory(js_buffer)
PyObject* TakeMemory(PyObject*, PyObject* source) {
  constexpr size_t kAlignment = 64;
  Owned self(py.PyType_GenericAlloc(memory_type, 0));
  if (!self) return nullptr;
  ArrowMemory& memory = *Cast(self.get());
  if (py.PyObject_GetBuffer(source, &memory.buffer, 0) < 0) return nullptr;
  memory.length = memory.buffer.len;
  memory.data = memory.buffer.buf;
  if (!memory.buffer.readonly) return self.release();
  // A JsBuffer that is read only is a copy of Python's, which is kept equal to JavaScript's memory: that costs at every crossing, so what is in it is copied once and for all.
  memory.copy = std::aligned_alloc(kAlignment, (static_cast<size_t>(memory.length) / kAlignment + 1) * kAlignment);
  if (memory.copy) std::memcpy(memory.copy, memory.data, static_cast<size_t>(memory.length));
  memory.data = memory.copy;
  py.PyBuffer_Release(&memory.buffer);
  if (memory.copy) return self.release();
  py.PyErr_SetString(py.PyExc_MemoryError, "There is no memory left for a copy of this Arrow table");
  return nullptr;
}

int GetMemoryBuffer(PyObject* self, Py_buffer* buffer, int flags) {
  return py.PyBuffer_FillInfo(buffer, self, const_cast<void*>(Cast(self)->data), Cast(self)->length, 1, flags);
}

void DeallocMemory(PyObject* self) {
  PyTypeObject* own = TypeOf(self);
  std::free(Cast(self)->copy);
  if (Cast(self)->buffer.obj) py.PyBuffer_Release(&Cast(self)->buffer);
  py.PyObject_Free(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(own));
}

bool ReadBuffer(PyObject* source, ArrayData& data) {
  if (source == None()) {
    data.buffers.push_back(nullptr);
    return true;
  }
  if (TypeOf(source) != memory_type) return IsTupleOf(source, -1);
  data.held.push_back(NewRef(source));
  data.buffers.push_back(Cast(source)->data);
  return true;
}

// (length, null_count, buffers, children, dictionary)
bool ReadArray(PyObject* tree, ArrowArray& array) {
  auto data = std::make_unique<ArrayData>();
  if (!IsTupleOf(tree, 5) || !ReadInteger(ItemOf(tree, 0), array.length) || !ReadInteger(ItemOf(tree, 1), array.null_count)) return false;
  PyObject* buffers = ItemOf(tree, 2);
  const Py_ssize_t count = SizeOf(buffers);
  if (count < 0) return false;
  for (Py_ssize_t index = 0; index < count; ++index) {
    if (!ReadBuffer(ItemOf(buffers, index), *data)) return false;
  }
  if (!ReadBelow(ItemOf(tree, 3), ItemOf(tree, 4), data->below, ReadArray)) return false;
  array.n_buffers = static_cast<int64_t>(data->buffers.size());
  array.buffers = data->buffers.empty() ? nullptr : data->buffers.data();
  data->below.Show(array);
  array.private_data = data.release();
  array.release = Release<ArrowArray, ArrayData>;
  return true;
}

// A copy, since a stream is asked for its schema again and again.
void CopySchema(const ArrowSchema& from, ArrowSchema& to) {
  const SchemaData& source = *static_cast<SchemaData*>(from.private_data);
  auto data = std::make_unique<SchemaData>();
  data->format = source.format;
  data->name = source.name;
  data->metadata = source.metadata;
  for (const auto& child : source.below.children) {
    data->below.children.push_back(MakeEmpty<ArrowSchema>());
    CopySchema(*child, *data->below.children.back());
  }
  if (source.below.dictionary) {
    data->below.dictionary = MakeEmpty<ArrowSchema>();
    CopySchema(*source.below.dictionary, *data->below.dictionary);
  }
  to = ArrowSchema{};
  to.format = data->format.c_str();
  to.name = data->name.c_str();
  to.metadata = data->metadata.empty() ? nullptr : data->metadata.data();
  to.flags = from.flags;
  data->below.Show(to);
  to.private_data = data.release();
  to.release = Release<ArrowSchema, SchemaData>;
}

struct StreamData {
  OwnedStructure<ArrowSchema> schema = MakeEmpty<ArrowSchema>();
  std::vector<OwnedStructure<ArrowArray>> arrays;
  size_t next = 0;
};

StreamData* DataOf(ArrowArrayStream* stream) { return static_cast<StreamData*>(stream->private_data); }

int GetSchema(ArrowArrayStream* stream, ArrowSchema* schema) {
  CopySchema(*DataOf(stream)->schema, *schema);
  return 0;
}

int GetNext(ArrowArrayStream* stream, ArrowArray* array) {
  StreamData& data = *DataOf(stream);
  *array = ArrowArray{};  // released: the end
  if (data.next == data.arrays.size()) return 0;
  ArrowArray& source = *data.arrays[data.next++];
  *array = source;  // moved
  source.release = nullptr;
  return 0;
}

const char* GetLastError(ArrowArrayStream*) { return nullptr; }

template <class Structure>
void DeleteCapsule(PyObject* capsule) {
  const char* name = py.PyCapsule_GetName(capsule);
  if (auto* structure = static_cast<Structure*>(py.PyCapsule_GetPointer(capsule, name))) OwnedStructure<Structure> owned(structure);
}

template <class Structure>
PyObject* CapsuleOf(OwnedStructure<Structure> structure, const char* name) {
  PyObject* capsule = py.PyCapsule_New(structure.get(), name, DeleteCapsule<Structure>);
  if (capsule) [[maybe_unused]]
    auto* passed = structure.release();
  return capsule;
}

PyObject* MakeSchema(PyObject*, PyObject* tree) {
  auto schema = MakeEmpty<ArrowSchema>();
  return ReadSchema(tree, *schema) ? CapsuleOf(std::move(schema), kSchemaCapsule) : nullptr;
}

PyObject* MakeArray(PyObject*, PyObject* tree) {
  auto array = MakeEmpty<ArrowArray>();
  return ReadArray(tree, *array) ? CapsuleOf(std::move(array), kArrayCapsule) : nullptr;
}

PyObject* MakeStream(PyObject*, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) {
    py.PyErr_SetString(py.PyExc_TypeError, "arrow_stream() takes a schema and a tuple of arrays");
    return nullptr;
  }
  auto data = std::make_unique<StreamData>();
  if (!ReadSchema(args[0], *data->schema)) return nullptr;
  const Py_ssize_t arrays = SizeOf(args[1]);
  if (arrays < 0) return nullptr;
  for (Py_ssize_t index = 0; index < arrays; ++index) {
    data->arrays.push_back(MakeEmpty<ArrowArray>());
    if (!ReadArray(ItemOf(args[1], index), *data->arrays.back())) return nullptr;
  }
  auto stream = MakeEmpty<ArrowArrayStream>();
  stream->get_schema = GetSchema;
  stream->get_next = GetNext;
  stream->get_last_error = GetLastError;
  stream->private_data = data.release();
  stream->release = Release<ArrowArrayStream, StreamData>;
  return CapsuleOf(std::move(stream), kStreamCapsule);
}

}  // namespace

bool InitArrowExport(PyObject* module) {
  static PyMethodDef functions[] = {
      {"arrow_schema", MakeSchema, kOneArg, "A capsule of Arrow's C data interface with the schema (format, name, metadata, flags, children, dictionary)."},
      {"arrow_array", MakeArray, kOneArg, "A capsule with the array (length, null_count, buffers, children, dictionary)."},
      {"arrow_stream", MethodOf(MakeStream), kFastCall, "A capsule with the stream of a schema and a tuple of arrays."},
      {"arrow_memory", TakeMemory, kOneArg, "The memory of a JavaScript buffer, for these."},
      {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("Memory of JavaScript that Arrow arrays consist of.")},
                                {kTpNew, SlotOf(+[](PyTypeObject*, PyObject*, PyObject*) -> PyObject* {
                                   py.PyErr_SetString(py.PyExc_TypeError, "ArrowMemory is made by _interloop.arrow_memory()");
                                   return nullptr;
                                 })},
                                {kTpDealloc, SlotOf(DeallocMemory)},
                                {kBfGetBuffer, reinterpret_cast<void*>(GetMemoryBuffer)},
                                {0, nullptr}};
  memory_type = AddType(module, "_interloop.ArrowMemory", sizeof(ArrowMemory), 0, slots, nullptr);
  return memory_type && AddFunctions(module, functions);
}

}  // namespace interloop
