#include "values/dlpack.h"

#include <cstdint>

#include "cpython/module_members.h"
#include "values/errors.h"

namespace interloop {

namespace {

// The layout of DLPack's structures, version 0, which never changes.
struct DLTensor {
  void* data;
  struct {
    int32_t type, id;
  } device;
  int32_t ndim;
  struct {
    uint8_t code, bits;
    uint16_t lanes;
  } dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null for those in order
  uint64_t byte_offset;
};

struct DLManagedTensor {
  DLTensor tensor;
  void* context;
  void (*deleter)(DLManagedTensor*);
};

enum DLCode : uint8_t { kInt, kUint, kFloat, kOpaque, kBfloat, kComplex, kBool };

constexpr int kMostDimensions = 64;
constexpr const char* kCapsule = "dltensor";

struct TensorMemory {
  PyObject head;
  DLManagedTensor* managed;
  const char* format;
  Py_ssize_t item_size, bytes;
  Py_ssize_t shape[kMostDimensions], strides[kMostDimensions];
};

TensorMemory* Cast(PyObject* object) { return reinterpret_cast<TensorMemory*>(object); }

PyTypeObject* type = nullptr;

// The format of an element in the terms of Python's module `struct`; of what that does not know, its bytes. Null for sizes that are no whole bytes.
const char* FormatOf(uint8_t code, int bits) {
  struct Known {
    uint8_t code;
    int bits;
    const char* format;
  };
  static constexpr Known kKnown[] = {{kInt, 8, "b"},        {kInt, 16, "h"},  {kInt, 32, "i"},     {kInt, 64, "q"},   {kUint, 8, "B"},   {kUint, 16, "H"},
                                     {kUint, 32, "I"},      {kUint, 64, "Q"}, {kFloat, 16, "e"},   {kFloat, 32, "f"}, {kFloat, 64, "d"}, {kComplex, 64, "Zf"},
                                     {kComplex, 128, "Zd"}, {kBool, 8, "?"},  {kBfloat, 16, "2s"}, {kFloat, 8, "1s"}};
  for (const Known& known : kKnown) {
    if (known.code == code && known.bits == bits) return known.format;
  }
  return nullptr;
}

// Where the elements lie. False for a tensor that has no such form.
bool Measure(const DLTensor& tensor, TensorMemory& memory) {
  const int bits = tensor.dtype.bits;
  memory.format = tensor.dtype.lanes == 1 ? FormatOf(tensor.dtype.code, bits) : nullptr;
  if (!memory.format || tensor.ndim < 0 || tensor.ndim > kMostDimensions) return false;
  memory.item_size = memory.bytes = bits / 8;
  Py_ssize_t step = memory.item_size;
  for (int axis = tensor.ndim; axis-- > 0;) {
    const Py_ssize_t count = static_cast<Py_ssize_t>(tensor.shape[axis]);
    memory.shape[axis] = count;
    memory.strides[axis] = step;
    if (tensor.strides && __builtin_mul_overflow(static_cast<Py_ssize_t>(tensor.strides[axis]), memory.item_size, &memory.strides[axis])) return false;
    if (count < 0 || __builtin_mul_overflow(memory.bytes, count, &memory.bytes) || __builtin_mul_overflow(step, count, &step)) return false;
  }
  return true;
}

// tensor_memory(capsule): takes over what `__dlpack__` returned.
PyObject* TakeCapsule(PyObject*, PyObject* capsule) {
  auto* managed = static_cast<DLManagedTensor*>(py.PyCapsule_GetPointer(capsule, kCapsule));
  if (!managed) return nullptr;
  Owned memory(py.PyType_GenericAlloc(type, 0));
  if (!memory) return nullptr;
  if (!Measure(managed->tensor, *Cast(memory.get())))
    return RaiseFailure("buffer-unsupported", "Cannot show this memory: its elements are of a kind that JavaScript cannot read; convert the tensor first");
  // From here on the tensor is ours: its capsule lets go of it.
  if (py.PyCapsule_SetName(capsule, "used_dltensor") < 0) return nullptr;
  Cast(memory.get())->managed = managed;
  return memory.release();
}

int GetBuffer(PyObject* self, Py_buffer* buffer, int) {
  TensorMemory& memory = *Cast(self);
  const DLTensor& tensor = memory.managed->tensor;
  *buffer = {};
  buffer->buf = tensor.data ? static_cast<char*>(tensor.data) + tensor.byte_offset : nullptr;
  buffer->obj = NewRef(self);
  buffer->len = memory.bytes;
  buffer->itemsize = memory.item_size;
  buffer->ndim = tensor.ndim;
  buffer->format = const_cast<char*>(memory.format);
  buffer->shape = memory.shape;
  buffer->strides = memory.strides;
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* own = TypeOf(self);
  DLManagedTensor* managed = Cast(self)->managed;
  if (managed && managed->deleter) managed->deleter(managed);
  py.PyObject_Free(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(own));
}

}  // namespace

bool InitDlpack(PyObject* module) {
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("The memory of a tensor, through DLPack.")},
                                {kTpNew, SlotOf(+[](PyTypeObject*, PyObject*, PyObject*) -> PyObject* {
                                   py.PyErr_SetString(py.PyExc_TypeError, "TensorMemory is made by _interloop.tensor_memory()");
                                   return nullptr;
                                 })},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kBfGetBuffer, reinterpret_cast<void*>(GetBuffer)},
                                {0, nullptr}};
  static PyMethodDef functions[] = {{"tensor_memory", TakeCapsule, kOneArg, "What shows the memory of a DLPack capsule as a buffer."},
                                    {nullptr, nullptr, 0, nullptr}};
  type = AddType(module, "_interloop.TensorMemory", sizeof(TensorMemory), 0, slots, nullptr);
  return type && AddFunctions(module, functions);
}

PyObject* TensorMemoryOf(PyObject* tensor) {
  // Any other error is that of an object which has the buffer protocol.
  if (!py.PyErr_ExceptionMatches(py.PyExc_TypeError)) return nullptr;
  PyObject *type, *error, *traceback;
  py.PyErr_Fetch(&type, &error, &traceback);
  if (!py.PyObject_HasAttrString(reinterpret_cast<PyObject*>(TypeOf(tensor)), "__dlpack__")) {
    py.PyErr_Restore(type, error, traceback);
    return nullptr;
  }
  for (PyObject* each : {type, error, traceback}) {
    if (each) py.Py_DecRef(each);
  }
  Owned module(py.PyImport_ImportModule("interloop._dlpack")), memory_of(module ? py.PyObject_GetAttrString(module.get(), "memory_of") : nullptr);
  PyObject* arguments[] = {nullptr, tensor};
  return memory_of ? CallVector(memory_of.get(), arguments + 1, 1 | kVectorcallOffset) : nullptr;
}

}  // namespace interloop
