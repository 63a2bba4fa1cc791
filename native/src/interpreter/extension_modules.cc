#include "interpreter/extension_modules.h"

#include <string>

#include "cpython/python_api.h"
#include "interpreter/copy_relocations.h"
#include "interpreter/interpreter_end.h"
#include "platform/libc.h"

namespace interloop {

namespace {

// What sys.getdlopenflags() says, or 0.
int LoadFlags() {
  Owned sys(py.PyImport_ImportModule("sys")), get(sys ? py.PyObject_GetAttrString(sys.get(), "getdlopenflags") : nullptr);
  Owned flags(get ? py.PyObject_CallObject(get.get(), nullptr) : nullptr);
  int overflow = 0;
  const long long value = flags ? py.PyLong_AsLongLongAndOverflow(flags.get(), &overflow) : 0;
  return value < 0 || overflow ? 0 : static_cast<int>(value);
}

// The path that Python hands to dlopen, or nothing.
std::string PathOf(PyObject* spec) {
  Owned origin(py.PyObject_GetAttrString(spec, "origin"));
  Owned encoded(origin && IsExactly(origin.get(), py.PyUnicode_Type) ? py.PyUnicode_EncodeFSDefault(origin.get()) : nullptr);
  char* text = nullptr;
  if (!encoded || py.PyBytes_AsStringAndSize(encoded.get(), &text, nullptr) != 0) return "";
  const std::string path = text;
  return path.find('/') == std::string::npos ? "./" + path : path;
}

// So that the module's own initialisation finds all in order. Python's dlopen then finds it loaded.
void LoadFirst(PyObject* arguments) {
  const int flags = py.PyTuple_Size(arguments) > 0 ? LoadFlags() : 0;
  if (flags & kDeepBind) {
    const std::string path = PathOf(py.PyTuple_GetItem(arguments, 0));
    if (!path.empty()) LoadWithCopies(path.c_str(), flags);
  }
  py.PyErr_Clear();
}

// _imp.create_dynamic(spec, file=None), where `original` is Python's.
PyObject* CreateDynamic(PyObject* original, PyObject* arguments) {
  if (HasCopyRelocations()) LoadFirst(arguments);
  PyObject* module = py.PyObject_CallObject(original, arguments);
  EndBeforeLibraries();
  return module;
}

}  // namespace

bool WatchExtensionModules() {
  static PyMethodDef definition = {"create_dynamic", CreateDynamic, kVarargs, "Create an extension module."};
  Owned imp(py.PyImport_ImportModule("_imp")), original(imp ? py.PyObject_GetAttrString(imp.get(), "create_dynamic") : nullptr);
  Owned name(original ? py.PyUnicode_InternFromString("_imp") : nullptr);
  Owned replacement(name ? py.PyCFunction_NewEx(&definition, original.get(), name.get()) : nullptr);
  return replacement && py.PyObject_SetAttrString(imp.get(), "create_dynamic", replacement.get()) == 0;
}

}  // namespace interloop
