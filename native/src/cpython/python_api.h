// The table of CPython functions: filled with dlsym from the interpreter that is found at run time, so that nothing links libpython and
// no Python header is needed. Declarations follow the stable ABI (and a few exported functions outside it that every CPython >= 3.9 has).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace interloop {

using Py_ssize_t = std::ptrdiff_t;

struct PyTypeObject;
struct PyThreadState;

// The head of every object. The layout is part of the stable ABI of builds without Py_TRACE_REFS and without free threading; others are refused.
struct PyObject {
  Py_ssize_t ob_refcnt;
  PyTypeObject* ob_type;
};

using PyCFunction = PyObject* (*)(PyObject* self, PyObject* args);
using PyCFunctionFast = PyObject* (*)(PyObject* self, PyObject* const* args, Py_ssize_t count);
using PyCFunctionFastKeywords = PyObject* (*)(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* names);
using vectorcallfunc = PyObject* (*)(PyObject* callable, PyObject* const* args, size_t count, PyObject* names);
using visitproc = int (*)(PyObject*, void*);
using traverseproc = int (*)(PyObject*, visitproc, void*);

struct PyMethodDef {
  const char* ml_name;
  PyCFunction ml_meth;
  int ml_flags;
  const char* ml_doc;
};
struct PyType_Slot {
  int slot;
  void* pfunc;
};
struct PyType_Spec {
  const char* name;
  int basicsize;
  int itemsize;
  unsigned int flags;
  PyType_Slot* slots;
};
struct PyMemberDef {
  const char* name;
  int type;
  Py_ssize_t offset;
  int flags;
  const char* doc;
};
using getter = PyObject* (*)(PyObject*, void*);
using setter = int (*)(PyObject*, PyObject*, void*);
struct PyGetSetDef {
  const char* name;
  getter get;
  setter set;
  const char* doc;
  void* closure;
};
struct Py_buffer {
  void* buf;
  PyObject* obj;
  Py_ssize_t len;
  Py_ssize_t itemsize;
  int readonly;
  int ndim;
  char* format;
  Py_ssize_t* shape;
  Py_ssize_t* strides;
  Py_ssize_t* suboffsets;
  void* internal;
};

// Slot numbers of typeslots.h; they are frozen.
enum SlotNumber : int {
  kBfGetBuffer = 1,
  kBfReleaseBuffer = 2,
  kMpAssSubscript = 3,
  kMpLength = 4,
  kMpSubscript = 5,
  kNbBool = 9,
  kSqContains = 41,
  kSqItem = 44,
  kSqLength = 45,
  kTpBase = 48,
  kTpCall = 50,
  kTpClear = 51,
  kTpDealloc = 52,
  kTpDescrGet = 54,
  kTpDoc = 56,
  kTpGetAttro = 58,
  kTpHash = 59,
  kTpIter = 62,
  kTpIterNext = 63,
  kTpMethods = 64,
  kTpNew = 65,
  kTpRepr = 66,
  kTpRichCompare = 67,
  kTpSetAttro = 69,
  kTpStr = 70,
  kTpTraverse = 71,
  kTpMembers = 72,
  kTpGetSet = 73,
  kTpFree = 74,
  kAmAwait = 77,
  kAmAiter = 78,
  kAmAnext = 79,
  kAmSend = 81,  // 3.10 and later
};

constexpr unsigned kDefaultFlags = 1u << 18;  // Py_TPFLAGS_DEFAULT: HAVE_VERSION_TAG
constexpr unsigned kBaseTypeFlag = 1u << 10;
constexpr unsigned kHaveGcFlag = 1u << 14;
constexpr unsigned kHaveVectorcallFlag = 1u << 11;
constexpr int kVarargs = 0x1;
constexpr int kKeywords = 0x2;
constexpr int kNoArgs = 0x4;
constexpr int kOneArg = 0x8;
constexpr int kFastCall = 0x80;
constexpr int kMemberObject = 6, kMemberSsize = 19, kMemberBool = 14, kMemberReadOnly = 1;
constexpr int kSendReturn = 0, kSendError = -1, kSendNext = 1;
constexpr int kEq = 2, kNe = 3;
constexpr size_t kVectorcallOffset = size_t{1} << (8 * sizeof(size_t) - 1);
constexpr int kBufferWritable = 0x1, kBufferFormat = 0x4, kBufferNd = 0x8, kBufferStrides = 0x10 | kBufferNd, kBufferCContiguous = 0x20 | kBufferStrides;

#ifdef INTERLOOP_DEBUG
// Aborts when Python is called without the GIL.
void CheckGil(const char* function);
#endif

template <class Signature>
class PyFunction;
// One entry of the table. In the debug build a call checks that the thread holds the GIL.
template <class R, class... A>
class PyFunction<R(A...)> {
 public:
  R operator()(A... arguments) const {
#ifdef INTERLOOP_DEBUG
    if (checked) CheckGil(name);
#endif
    return pointer(arguments...);
  }
  explicit operator bool() const { return pointer != nullptr; }
  R (*pointer)(A...) = nullptr;
  const char* name = "";
  bool checked = true;
};

// X(result, name, arguments): must exist.
#define INTERLOOP_PYTHON_FUNCTIONS(X)                                                       \
  X(void, Py_IncRef, (PyObject*))                                                           \
  X(void, Py_DecRef, (PyObject*))                                                           \
  X(int, Py_FinalizeEx, ())                                                                 \
  X(PyThreadState*, PyEval_SaveThread, ())                                                  \
  X(void, PyEval_RestoreThread, (PyThreadState*))                                           \
  X(int, PyGILState_Ensure, ())                                                             \
  X(void, PyGILState_Release, (int))                                                        \
  X(int, PyGILState_Check, ())                                                              \
  X(PyThreadState*, PyThreadState_Get, ())                                                  \
  X(void, PyErr_SetObject, (PyObject*, PyObject*))                                          \
  X(void, PyErr_SetString, (PyObject*, const char*))                                        \
  X(void, PyErr_SetNone, (PyObject*))                                                       \
  X(PyObject*, PyErr_Occurred, ())                                                          \
  X(void, PyErr_Clear, ())                                                                  \
  X(int, PyErr_CheckSignals, ())                                                            \
  X(void, PyErr_SetInterrupt, ())                                                           \
  X(PyObject*, PyErr_SetFromErrno, (PyObject*))                                             \
  X(void, PyErr_Fetch, (PyObject**, PyObject**, PyObject**))                                \
  X(void, PyErr_Restore, (PyObject*, PyObject*, PyObject*))                                 \
  X(void, PyErr_NormalizeException, (PyObject**, PyObject**, PyObject**))                   \
  X(int, PyErr_ExceptionMatches, (PyObject*))                                               \
  X(int, PyErr_GivenExceptionMatches, (PyObject*, PyObject*))                               \
  X(void, PyErr_WriteUnraisable, (PyObject*))                                               \
  X(int, PyException_SetTraceback, (PyObject*, PyObject*))                                  \
  X(PyObject*, PyException_GetTraceback, (PyObject*))                                       \
  X(PyObject*, PyImport_ImportModule, (const char*))                                        \
  X(PyObject*, PyImport_AddModule, (const char*))                                           \
  X(int, PyModule_AddObject, (PyObject*, const char*, PyObject*))                           \
  X(PyObject*, PyCFunction_NewEx, (PyMethodDef*, PyObject*, PyObject*))                     \
  X(PyObject*, PyType_FromSpecWithBases, (PyType_Spec*, PyObject*))                         \
  X(unsigned long, PyType_GetFlags, (PyTypeObject*))                                        \
  X(void*, PyType_GetSlot, (PyTypeObject*, int))                                            \
  X(int, PyType_IsSubtype, (PyTypeObject*, PyTypeObject*))                                  \
  X(PyObject*, PyType_GenericAlloc, (PyTypeObject*, Py_ssize_t))                            \
  X(void, PyObject_Free, (void*))                                                           \
  X(void, PyObject_GC_Del, (void*))                                                         \
  X(void, PyObject_GC_UnTrack, (void*))                                                     \
  X(PyObject*, PyObject_GetAttr, (PyObject*, PyObject*))                                    \
  X(PyObject*, PyObject_GetAttrString, (PyObject*, const char*))                            \
  X(int, PyObject_SetAttr, (PyObject*, PyObject*, PyObject*))                               \
  X(int, PyObject_SetAttrString, (PyObject*, const char*, PyObject*))                       \
  X(int, PyObject_HasAttrString, (PyObject*, const char*))                                  \
  X(PyObject*, PyObject_GenericGetAttr, (PyObject*, PyObject*))                             \
  X(PyObject*, PyObject_Call, (PyObject*, PyObject*, PyObject*))                            \
  X(PyObject*, PyObject_CallObject, (PyObject*, PyObject*))                                 \
  X(PyObject*, PyObject_VectorcallDict, (PyObject*, PyObject* const*, size_t, PyObject*))   \
  X(PyObject*, PyVectorcall_Call, (PyObject*, PyObject*, PyObject*))                        \
  X(PyObject*, PyObject_VectorcallMethod, (PyObject*, PyObject* const*, size_t, PyObject*)) \
  X(int, PyObject_IsTrue, (PyObject*))                                                      \
  X(int, PyObject_IsInstance, (PyObject*, PyObject*))                                       \
  X(PyObject*, PyObject_Str, (PyObject*))                                                   \
  X(PyObject*, PyObject_Repr, (PyObject*))                                                  \
  X(PyObject*, PyObject_Dir, (PyObject*))                                                   \
  X(Py_ssize_t, PyObject_Size, (PyObject*))                                                 \
  X(PyObject*, PyObject_GetIter, (PyObject*))                                               \
  X(PyObject*, PyIter_Next, (PyObject*))                                                    \
  X(PyObject*, PyMethod_New, (PyObject*, PyObject*))                                        \
  X(int, PyCallable_Check, (PyObject*))                                                     \
  X(int, PyObject_GetBuffer, (PyObject*, Py_buffer*, int))                                  \
  X(void*, PyCapsule_GetPointer, (PyObject*, const char*))                                  \
  X(int, PyCapsule_SetName, (PyObject*, const char*))                                       \
  X(PyObject*, PyCapsule_New, (void*, const char*, void (*)(PyObject*)))                    \
  X(const char*, PyCapsule_GetName, (PyObject*))                                            \
  X(void, PyBuffer_Release, (Py_buffer*))                                                   \
  X(PyObject*, PyMemoryView_FromObject, (PyObject*))                                        \
  X(int, PyBuffer_FillInfo, (Py_buffer*, PyObject*, void*, Py_ssize_t, int, int))           \
  X(PyObject*, PyLong_FromLongLong, (long long))                                            \
  X(long long, PyLong_AsLongLongAndOverflow, (PyObject*, int*))                             \
  X(PyObject*, PyLong_FromString, (const char*, char**, int))                               \
  X(PyObject*, PyNumber_ToBase, (PyObject*, int))                                           \
  X(PyObject*, PyBool_FromLong, (long))                                                     \
  X(PyObject*, PyFloat_FromDouble, (double))                                                \
  X(double, PyFloat_AsDouble, (PyObject*))                                                  \
  X(PyObject*, PyUnicode_FromStringAndSize, (const char*, Py_ssize_t))                      \
  X(PyObject*, PyUnicode_InternFromString, (const char*))                                   \
  X(void, PyUnicode_InternInPlace, (PyObject**))                                            \
  X(PyObject*, PyUnicode_DecodeUTF16, (const char*, Py_ssize_t, const char*, int*))         \
  X(PyObject*, PyUnicode_DecodeLatin1, (const char*, Py_ssize_t, const char*))              \
  X(const char*, PyUnicode_AsUTF8AndSize, (PyObject*, Py_ssize_t*))                         \
  X(PyObject*, PyUnicode_EncodeFSDefault, (PyObject*))                                      \
  X(PyObject*, PyUnicode_AsEncodedString, (PyObject*, const char*, const char*))            \
  X(int, PyBytes_AsStringAndSize, (PyObject*, char**, Py_ssize_t*))                         \
  X(PyObject*, PyTuple_New, (Py_ssize_t))                                                   \
  X(int, PyTuple_SetItem, (PyObject*, Py_ssize_t, PyObject*))                               \
  X(PyObject*, PyTuple_GetItem, (PyObject*, Py_ssize_t))                                    \
  X(Py_ssize_t, PyTuple_Size, (PyObject*))                                                  \
  X(PyObject*, PyList_New, (Py_ssize_t))                                                    \
  X(int, PyList_Append, (PyObject*, PyObject*))                                             \
  X(int, PyList_SetItem, (PyObject*, Py_ssize_t, PyObject*))                                \
  X(PyObject*, PyList_GetItem, (PyObject*, Py_ssize_t))                                     \
  X(Py_ssize_t, PyList_Size, (PyObject*))                                                   \
  X(PyObject*, PySet_New, (PyObject*))                                                      \
  X(int, PySet_Add, (PyObject*, PyObject*))                                                 \
  X(Py_ssize_t, PySet_Size, (PyObject*))                                                    \
  X(PyObject*, PyDict_New, ())                                                              \
  X(int, PyDict_Next, (PyObject*, Py_ssize_t*, PyObject**, PyObject**))                     \
  X(PyObject*, PyDict_GetItemWithError, (PyObject*, PyObject*))                             \
  X(PyObject*, PyDict_GetItemString, (PyObject*, const char*))                              \
  X(int, PyDict_SetItem, (PyObject*, PyObject*, PyObject*))                                 \
  X(int, PyDict_SetItemString, (PyObject*, const char*, PyObject*))                         \
  X(Py_ssize_t, PyDict_Size, (PyObject*))                                                   \
  X(Py_ssize_t, PyGC_Collect, ())                                                           \
  X(PyObject*, PyContext_New, ())                                                           \
  X(PyObject*, PyContext_Copy, (PyObject*))                                                 \
  X(PyObject*, PyContext_CopyCurrent, ())                                                   \
  X(int, PyContext_Enter, (PyObject*))                                                      \
  X(int, PyContext_Exit, (PyObject*))                                                       \
  X(PyObject*, PyContextVar_New, (const char*, PyObject*))                                  \
  X(int, PyContextVar_Get, (PyObject*, PyObject*, PyObject**))                              \
  X(PyObject*, PyContextVar_Set, (PyObject*, PyObject*))                                    \
  X(int, PyContextVar_Reset, (PyObject*, PyObject*))

// X(result, name, arguments): null where the interpreter is older.
#define INTERLOOP_PYTHON_OPTIONAL_FUNCTIONS(X)                                                                  \
  X(int, PyIter_Send, (PyObject*, PyObject*, PyObject**))                             /* 3.10 */                \
  X(int, PyGC_Disable, ())                                                            /* 3.10 */                \
  X(int, PyGC_Enable, ())                                                             /* 3.10 */                \
  X(PyObject*, PyObject_Vectorcall, (PyObject*, PyObject* const*, size_t, PyObject*)) /* 3.12, inline before */ \
  X(PyObject*, _PyType_Lookup, (PyTypeObject*, PyObject*))                            /* all, but private: borrowed, and it raises nothing */

// clang-format off: it would not leave these alone twice.
// X(name): objects and types, by address.
#define INTERLOOP_PYTHON_OBJECTS(X)                                                      \
  X(_Py_NoneStruct) X(_Py_TrueStruct) X(_Py_FalseStruct) X(_Py_NotImplementedStruct)     \
  X(PyBool_Type) X(PyLong_Type) X(PyFloat_Type) X(PyUnicode_Type) X(PyBytes_Type)        \
  X(PyTuple_Type) X(PyCoro_Type) X(PyAsyncGen_Type) X(PyFunction_Type) X(PyContext_Type) X(PyBaseObject_Type) \
  X(PyModule_Type) X(PyProperty_Type) X(PyGen_Type) X(PyType_Type) X(PySlice_Type) X(PyList_Type) X(PyDict_Type) \
  X(PySet_Type) X(PyFrozenSet_Type) X(PyMemoryView_Type)

// X(name): exceptions, by value.
#define INTERLOOP_PYTHON_EXCEPTIONS(X)                                                   \
  X(PyExc_BaseException) X(PyExc_Exception) X(PyExc_TypeError) X(PyExc_ValueError)       \
  X(PyExc_RuntimeError) X(PyExc_AttributeError) X(PyExc_KeyError) X(PyExc_IndexError)    \
  X(PyExc_StopIteration) X(PyExc_StopAsyncIteration) X(PyExc_KeyboardInterrupt) X(PyExc_SystemExit)                  \
  X(PyExc_RecursionError) X(PyExc_BufferError) X(PyExc_MemoryError) X(PyExc_GeneratorExit) X(PyExc_OSError)
// clang-format on

struct PythonApi {
#define X(result, name, arguments) PyFunction<result arguments> name;
  INTERLOOP_PYTHON_FUNCTIONS(X)
  INTERLOOP_PYTHON_OPTIONAL_FUNCTIONS(X)
#undef X
#define X(name) PyObject* name = nullptr;
  INTERLOOP_PYTHON_OBJECTS(X)
  INTERLOOP_PYTHON_EXCEPTIONS(X)
#undef X
};

extern PythonApi py;

// Fills the table from an open libpython. Empty on success, else the names that are missing.
std::string LoadPythonApi(void* library);

inline PyObject* None() { return py._Py_NoneStruct; }
inline PyTypeObject* TypeOf(PyObject* object) { return object->ob_type; }
inline bool IsExactly(PyObject* object, PyObject* type) { return object->ob_type == reinterpret_cast<PyTypeObject*>(type); }
// A name that is kept for ever.
inline PyObject* Interned(const char* text) { return py.PyUnicode_InternFromString(text); }
// The interned string that is equal to this one, whose reference it takes; null stays null.
inline PyObject* InternedText(PyObject* text) {
  if (text) py.PyUnicode_InternInPlace(&text);
  return text;
}
inline PyObject* NewRef(PyObject* object) {
  py.Py_IncRef(object);
  return object;
}

// Function pointers as the tables of types and methods want them.
inline void* SlotOf(auto function) { return reinterpret_cast<void*>(function); }
inline PyCFunction MethodOf(auto function) { return reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(function)); }

// An owned reference, released at the end of the block. The GIL must be held where it ends.
class Owned {
 public:
  Owned() = default;
  explicit Owned(PyObject* object) : object_(object) {}
  Owned(Owned&& other) noexcept : object_(other.release()) {}
  Owned& operator=(Owned&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { reset(nullptr); }

  PyObject* get() const { return object_; }
  PyObject* release() {
    PyObject* object = object_;
    object_ = nullptr;
    return object;
  }
  void reset(PyObject* object) {
    PyObject* old = object_;
    object_ = object;
    if (old) py.Py_DecRef(old);
  }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

// For tp_clear and tp_traverse of our types.
inline void ClearField(PyObject*& field) {
  PyObject* old = field;
  field = nullptr;
  if (old) py.Py_DecRef(old);
}
inline int VisitType(PyObject* self, visitproc visit, void* data) { return visit(reinterpret_cast<PyObject*>(self->ob_type), data); }

// callable(*args) through the vectorcall protocol. args[-1] must be writable when kVectorcallOffset is set in `count`.
inline PyObject* CallVector(PyObject* callable, PyObject* const* args, size_t count) { return py.PyObject_VectorcallDict(callable, args, count, nullptr); }

}  // namespace interloop
