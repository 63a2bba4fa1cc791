// Code that runs in the interpreter once: before the table of python_api.h is filled, and without it.
#pragma once

#include <dlfcn.h>

#include <string>

#include "cpython/python_api.h"

namespace interloop {

// What is needed before the table can be filled, and only then.
template <class Signature>
Signature* Symbol(void* library, const char* name) {
  return reinterpret_cast<Signature*>(dlsym(library, name));
}

// Runs source in a dict of its own. All calls need the GIL.
class Script {
 public:
  explicit Script(void* library) : library_(library), dict_(Symbol<PyObject*()>(library, "PyDict_New")()) {
    // 3.9 does not add them by itself.
    Symbol<int(PyObject*, const char*, PyObject*)>(library, "PyDict_SetItemString")(dict_, "__builtins__",
                                                                                    Symbol<PyObject*()>(library, "PyEval_GetBuiltins")());
  }
  ~Script() { Drop(dict_); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  void Set(const char* name, const std::string& text) { Store(name, Symbol<PyObject*(const char*)>(library_, "PyUnicode_DecodeFSDefault")(text.c_str())); }
  void Set(const char* name, long number) { Store(name, Symbol<PyObject*(long)>(library_, "PyLong_FromLong")(number)); }
  void SetNone(const char* name) { Symbol<int(PyObject*, const char*, PyObject*)>(library_, "PyDict_SetItemString")(dict_, name, Static("_Py_NoneStruct")); }

  // False when the source raises; `error` is the exception in words.
  bool Run(const char* source, std::string& error) {
    constexpr int kFileInput = 257;  // Py_file_input
    PyObject* code = Symbol<PyObject*(const char*, const char*, int)>(library_, "Py_CompileString")(source, "<interloop>", kFileInput);
    PyObject* result = code == nullptr ? nullptr : Symbol<PyObject*(PyObject*, PyObject*, PyObject*)>(library_, "PyEval_EvalCode")(code, dict_, dict_);
    Drop(code);
    if (result != nullptr) {
      Drop(result);
      return true;
    }
    PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
    Symbol<void(PyObject**, PyObject**, PyObject**)>(library_, "PyErr_Fetch")(&type, &value, &traceback);
    PyObject* text = value == nullptr ? nullptr : Symbol<PyObject*(PyObject*)>(library_, "PyObject_Repr")(value);
    const char* utf8 = text == nullptr ? nullptr : Symbol<const char*(PyObject*, Py_ssize_t*)>(library_, "PyUnicode_AsUTF8AndSize")(text, nullptr);
    error = utf8 == nullptr ? "unknown error" : utf8;
    for (PyObject* object : {type, value, traceback, text}) Drop(object);
    Symbol<void()>(library_, "PyErr_Clear")();
    return false;
  }

  // A variable that holds bytes.
  std::string Bytes(const char* name) {
    PyObject* object = Symbol<PyObject*(PyObject*, const char*)>(library_, "PyDict_GetItemString")(dict_, name);
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (object == nullptr || Symbol<int(PyObject*, char**, Py_ssize_t*)>(library_, "PyBytes_AsStringAndSize")(object, &data, &size) != 0) {
      Symbol<void()>(library_, "PyErr_Clear")();
      return "";
    }
    return std::string(data, static_cast<size_t>(size));
  }

 private:
  PyObject* Static(const char* name) { return static_cast<PyObject*>(dlsym(library_, name)); }
  void Store(const char* name, PyObject* value) {
    if (value == nullptr) return Symbol<void()>(library_, "PyErr_Clear")();
    Symbol<int(PyObject*, const char*, PyObject*)>(library_, "PyDict_SetItemString")(dict_, name, value);
    Drop(value);
  }
  void Drop(PyObject* object) {
    if (object != nullptr) Symbol<void(PyObject*)>(library_, "Py_DecRef")(object);
  }

  void* library_;
  PyObject* dict_;
};

// Makes the interpreter ready for us; `own`: we started it. False, and `error` in words.
bool SetUp(void* library, const std::string& package_path, bool own, std::string& error);

}  // namespace interloop
