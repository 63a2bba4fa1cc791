// An extension module in C++ that uses what the C++ library keeps in variables: streams, locales, exceptions. It declares what it needs of Python itself, so that it builds without Python's headers.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <locale>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>

extern "C" {
struct PyObject;
using PyCFunction = PyObject* (*)(PyObject*, PyObject*);
struct PyMethodDef {
  const char* name;
  PyCFunction function;
  int flags;
  const char* doc;
};
struct PyModuleDef {
  std::ptrdiff_t references;
  void* type;
  void *init, *index, *copy;
  const char *name, *doc;
  std::ptrdiff_t size;
  PyMethodDef* methods;
  void *slots, *traverse, *clear, *free;
};
PyObject* PyModule_Create2(PyModuleDef*, int);
PyObject* PyUnicode_FromString(const char*);
PyObject* PyLong_FromLong(long);
const char* PyUnicode_AsUTF8AndSize(PyObject*, std::ptrdiff_t*);
PyObject* PyObject_CallObject(PyObject*, PyObject*);
void PyErr_SetString(PyObject*, const char*);
extern PyObject* PyExc_RuntimeError;
extern char** environ;
}

namespace {

// Constructors of variables run while the library is loaded.
struct Early {
  std::string found;
  Early() {
    std::ostringstream out;
    out << std::setprecision(3) << 2.5 << std::regex_match("12:34", std::regex("([0-9]+):([0-9]+)"));
    found = out.str();
    std::cerr << "";
  }
} early;

const char* Text(PyObject* text) { return PyUnicode_AsUTF8AndSize(text, nullptr); }
PyObject* Answer(const std::string& text) { return PyUnicode_FromString(text.c_str()); }

PyObject* Constructed(PyObject*, PyObject*) { return Answer(early.found); }

PyObject* Out(PyObject*, PyObject* text) {
  std::cout << Text(text) << std::endl;
  return PyLong_FromLong(std::cout.good());
}

PyObject* OutUnflushed(PyObject*, PyObject* text) {
  std::cout << Text(text) << '\n';
  return PyLong_FromLong(std::cout.good());
}

PyObject* Printf(PyObject*, PyObject* text) { return PyLong_FromLong(fprintf(stdout, "%s\n", Text(text))); }

PyObject* Err(PyObject*, PyObject* text) {
  std::cerr << Text(text) << std::hex << 255 << std::dec << std::endl;
  return PyLong_FromLong(std::cerr.good());
}

PyObject* Unsynchronised(PyObject*, PyObject*) { return PyLong_FromLong(std::ios::sync_with_stdio(false)); }

// What is written to std::cout, by way of a buffer that is exchanged.
PyObject* Captured(PyObject*, PyObject* text) {
  std::ostringstream buffer;
  std::streambuf* before = std::cout.rdbuf(buffer.rdbuf());
  std::cout << std::setw(8) << 3.25 << Text(text) << std::flush;
  std::cout.rdbuf(before);
  return Answer(buffer.str());
}

PyObject* Words(PyObject*, PyObject*) {
  // More words than fit into the stream itself, so that it gets memory for them.
  std::cout.iword(std::ios_base::xalloc() + 20) = 7;
  return PyLong_FromLong(std::cout.iword(std::ios_base::xalloc()));
}

PyObject* Number(PyObject*, PyObject* text) {
  std::istringstream in(Text(text));
  double value = 0;
  in >> value;
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << value;
  return Answer(out.str());
}

PyObject* Locale(PyObject*, PyObject*) {
  std::locale locale(std::locale::classic(), new std::ctype<char>());
  std::ostringstream out;
  out.imbue(locale);
  out << std::use_facet<std::ctype<char>>(locale).toupper('a') << std::use_facet<std::ctype<char>>(std::locale()).is(std::ctype_base::digit, '1')
      << std::use_facet<std::numpunct<char>>(locale).decimal_point() << std::put_time(std::gmtime(new std::time_t(0)), "%Y");
  return Answer(out.str());
}

PyObject* Caught(PyObject*, PyObject*) {
  try {
    try {
      std::locale("no_such_locale");
    } catch (const std::runtime_error&) {
      std::throw_with_nested(std::logic_error("outer"));
    }
  } catch (const std::exception& error) {
    try {
      std::rethrow_if_nested(error);
    } catch (const std::exception& inner) {
      return Answer(std::string(error.what()) + ", " + (dynamic_cast<const std::runtime_error*>(&inner) ? "runtime_error" : "?"));
    }
  }
  return Answer("nothing");
}

// Calls back into Python (and so into JavaScript), and lets an exception pass through a frame with a destructor.
PyObject* Through(PyObject*, PyObject* callable) {
  try {
    const std::string kept = "kept";
    if (!PyObject_CallObject(callable, nullptr)) return nullptr;
    throw std::runtime_error(kept);
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
}

// The variables of C: what is set with setenv and tzset, seen in `environ` and `timezone`.
PyObject* Environ(PyObject*, PyObject* name) {
  const std::string wanted = std::string(Text(name)) + "=";
  for (char** entry = environ; entry && *entry; ++entry) {
    if (std::string(*entry).compare(0, wanted.size(), wanted) == 0) return Answer(*entry + wanted.size());
  }
  return Answer("(not set)");
}

PyObject* Zone(PyObject*, PyObject*) {
  tzset();
  return PyLong_FromLong(timezone);
}

constexpr int kNoArgs = 4, kOneArg = 8;
PyMethodDef methods[] = {{"constructed", Constructed, kNoArgs, nullptr},
                         {"out", Out, kOneArg, nullptr},
                         {"out_unflushed", OutUnflushed, kOneArg, nullptr},
                         {"printf", Printf, kOneArg, nullptr},
                         {"err", Err, kOneArg, nullptr},
                         {"unsynchronised", Unsynchronised, kNoArgs, nullptr},
                         {"captured", Captured, kOneArg, nullptr},
                         {"words", Words, kNoArgs, nullptr},
                         {"number", Number, kOneArg, nullptr},
                         {"locale", Locale, kNoArgs, nullptr},
                         {"caught", Caught, kNoArgs, nullptr},
                         {"through", Through, kOneArg, nullptr},
                         {"environ", Environ, kOneArg, nullptr},
                         {"zone", Zone, kNoArgs, nullptr},
                         {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {1, nullptr, nullptr, nullptr, nullptr, "cxx_streams", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

extern "C" __attribute__((visibility("default"))) PyObject* PyInit_cxx_streams() { return PyModule_Create2(&definition, 1013); }
