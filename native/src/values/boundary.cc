#include "values/boundary.h"

#include <cstddef>

#include "cpython/module_members.h"
#include "values/errors.h"

namespace interloop {

namespace {

PyTypeObject* boundary_type = nullptr;

struct Boundary {
  PyObject head;
  PyObject* function;
  PyObject* attributes;  // its __dict__, which functools.update_wrapper() fills
  vectorcallfunc vectorcall;
};

Boundary* Cast(PyObject* object) { return reinterpret_cast<Boundary*>(object); }

PyObject* Call(PyObject* self, PyObject* const* args, size_t count, PyObject* names) {
  PyObject* result;
  if (py.PyObject_Vectorcall) {
    result = py.PyObject_Vectorcall(Cast(self)->function, args, count, names);
  } else {
    size_t positional = count & ~kVectorcallOffset;
    Py_ssize_t named = names ? py.PyTuple_Size(names) : 0;
    Owned keywords(named > 0 ? py.PyDict_New() : nullptr);
    for (Py_ssize_t index = 0; index < named; ++index) {
      if (!keywords || py.PyDict_SetItem(keywords.get(), py.PyTuple_GetItem(names, index), args[positional + static_cast<size_t>(index)]) < 0) return nullptr;
    }
    result = py.PyObject_VectorcallDict(Cast(self)->function, args, count, keywords.get());
  }
  if (!result) DropOwnFrames();
  return result;
}

PyObject* BindAsMethod(PyObject* self, PyObject* instance, PyObject*) {
  return instance && instance != None() ? py.PyMethod_New(self, instance) : NewRef(self);
}

// Pickled by its name, as a function is.
PyObject* Reduce(PyObject* self, PyObject*) { return py.PyObject_GetAttrString(Cast(self)->function, "__qualname__"); }

PyObject* GetDict(PyObject* self, void*) {
  if (!Cast(self)->attributes) Cast(self)->attributes = py.PyDict_New();
  return Cast(self)->attributes ? NewRef(Cast(self)->attributes) : nullptr;
}

PyObject* Repr(PyObject* self) { return py.PyObject_Repr(Cast(self)->function); }

int Traverse(PyObject* self, visitproc visit, void* data) {
  for (PyObject* field : {Cast(self)->function, Cast(self)->attributes}) {
    if (!field) continue;
    if (int result = visit(field, data)) return result;
  }
  return VisitType(self, visit, data);
}

int ClearFields(PyObject* self) {
  ClearField(Cast(self)->attributes);
  ClearField(Cast(self)->function);
  return 0;
}

void Dealloc(PyObject* self) {
  PyTypeObject* type = TypeOf(self);
  py.PyObject_GC_UnTrack(self);
  ClearFields(self);
  py.PyObject_GC_Del(self);
  py.Py_DecRef(reinterpret_cast<PyObject*>(type));
}

PyObject* NewBoundary(PyObject*, PyObject* function) {
  PyObject* self = py.PyType_GenericAlloc(boundary_type, 0);
  if (!self) return nullptr;
  Cast(self)->function = NewRef(function);
  Cast(self)->vectorcall = Call;
  return self;
}

}  // namespace

bool InitBoundary(PyObject* module) {
  static PyMemberDef members[] = {{"__vectorcalloffset__", kMemberSsize, offsetof(Boundary, vectorcall), kMemberReadOnly, nullptr},
                                  {"__dictoffset__", kMemberSsize, offsetof(Boundary, attributes), kMemberReadOnly, nullptr},
                                  {nullptr, 0, 0, 0, nullptr}};
  static PyMethodDef methods[] = {{"__reduce__", Reduce, kNoArgs, "Pickle by name."}, {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef fields[] = {{"__dict__", GetDict, nullptr, nullptr, nullptr}, {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {{kTpDoc, const_cast<char*>("A function whose frame is in no traceback.")},
                                {kTpNew, SlotOf(+[](PyTypeObject*, PyObject*, PyObject*) -> PyObject* {
                                   py.PyErr_SetString(py.PyExc_TypeError, "Boundaries are made by _interloop.boundary()");
                                   return nullptr;
                                 })},
                                {kTpDealloc, SlotOf(Dealloc)},
                                {kTpTraverse, SlotOf(Traverse)},
                                {kTpClear, SlotOf(ClearFields)},
                                {kTpCall, SlotOf(py.PyVectorcall_Call.pointer)},
                                {kTpDescrGet, SlotOf(BindAsMethod)},
                                {kTpRepr, SlotOf(Repr)},
                                {kTpMembers, members},
                                {kTpMethods, methods},
                                {kTpGetSet, fields},
                                {0, nullptr}};
  static PyMethodDef functions[] = {{"boundary", NewBoundary, kOneArg, "A function like this one, whose frame is in no traceback."},
                                    {nullptr, nullptr, 0, nullptr}};
  boundary_type = AddType(module, "_interloop.Boundary", sizeof(Boundary), kHaveGcFlag | kHaveVectorcallFlag, slots, nullptr);
  return boundary_type && AddFunctions(module, functions);
}

}  // namespace interloop
