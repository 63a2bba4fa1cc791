// Plain data of JavaScript on its way to Python. Core's writer (data-writer.ts) walks arrays and objects in one pass and writes codes, numbers and texts; data_to_python.h builds lists and dicts from them.
// No JavaScript runs while Python's containers are being built, and one value costs no call between the languages.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "environment/environment.h"
#include "values/dropped_values.h"
#include "values/js_buffer.h"

namespace interloop {

// The codes of data-writer.ts. Where a code has operands, they are in `numbers`.
enum class DataCode : uint8_t {
  none,  // None
  boolean_true,
  boolean_false,
  number,     // the number
  text,       // its length in UTF-16 units; the units are next in `text`
  bigint,     // the length of its digits, which are hexadecimal, with a sign where it is negative
  list,       // how many; the items follow
  tuple,      // the same
  numbers,    // how many; a list of numbers, which follow here
  shape,      // how many keys, and the length of each; the keys are next in `text`. A dict follows that has them
  dict,       // the number of a shape; the values follow
  map,        // how many pairs; keys and values follow
  set,        // how many; the items follow
  seen,       // the number of a container that was met before
  object,     // the place of a Python object among the refs
  js_object,  // a JsId, and a JsKind (kAsyncFlag added for async functions)
  date,       // its place among the dates
  js_shape,   // a shape
  js_dict,    // or a dict, of an object that has functions. Its JsId is the next one of those
};
constexpr int kAsyncFlag = 16;

// The first numbers of a tape. Behind the numbers of the codes come the refs, the JsIds, the dates and the JsIds of objects with functions, so many of each as said here.
enum DataHeader { kCodeCount, kNumberCount, kRefCount, kIdCount, kDateCount, kContainerCount, kJsDictCount, kHeaderSize = 8 };

// What the codes are read from.
struct DataView {
  const uint8_t* codes = nullptr;
  const double* numbers = nullptr;
  const char16_t* text = nullptr;
  size_t Count(DataHeader which) const { return static_cast<size_t>(numbers[which]); }
  const double* refs() const { return numbers + Count(kNumberCount); }
  const double* ids() const { return refs() + Count(kRefCount); }
  const double* dates() const { return ids() + Count(kIdCount); }
  const double* js_dicts() const { return dates() + Count(kDateCount); }
  // Gives back the JsIds, and those of objects with functions, from these places on.
  void DropIds(Environment& environment, size_t ids_used, size_t js_dicts_used) const {
    for (size_t index = ids_used; index < Count(kIdCount); ++index) environment.dropped_values->Drop(ids()[index]);
    for (size_t index = js_dicts_used; index < Count(kJsDictCount); ++index) environment.dropped_values->Drop(js_dicts()[index]);
  }
  size_t size() const { return Count(kNumberCount) + Count(kRefCount) + Count(kIdCount) + Count(kDateCount) + Count(kJsDictCount); }
};

// Calls found(id, kind) for each JsId, in the order in which the codes name them.
template <class Found>
void ForEachJsObject(const DataView& view, Found found) {
  const double* numbers = view.numbers + kHeaderSize;
  for (const uint8_t* code = view.codes; code < view.codes + view.Count(kCodeCount); ++code) {
    switch (static_cast<DataCode>(*code)) {
      case DataCode::none:
      case DataCode::boolean_true:
      case DataCode::boolean_false:
        break;
      case DataCode::js_object:
        found(numbers[0], static_cast<int>(numbers[1]));
        numbers += 2;
        break;
      case DataCode::numbers:
        numbers += 1 + static_cast<size_t>(numbers[0]);
        break;
      case DataCode::shape:
      case DataCode::js_shape:
        numbers += 2 + static_cast<size_t>(numbers[0]);
        break;
      default:
        ++numbers;
    }
  }
}

// What is to be known of the memory of the JS buffers on the tape, in their order. On the environment's thread, with or without the GIL.
std::vector<std::shared_ptr<JsMemory>> LookAtMemories(Environment& environment, const DataView& view);

// Data with memory of its own, for another thread. The Python objects in it are lent (ref_table.h) until they are claimed.
struct WrittenData {
  std::vector<uint8_t> codes;
  std::vector<double> numbers;
  std::u16string text;
  std::vector<PyObject*> objects;
  std::vector<std::shared_ptr<JsMemory>> memories;
  Loan loan;
  bool owned = false;     // one reference to each object is here
  bool ids_used = false;  // Python has the JsIds
  DataView view() const { return {codes.data(), numbers.data(), text.data()}; }
};

// Whether core's hook `identify` answered with data, and not with a number.
bool IsData(napi_env env, napi_value identified);

// Where the codes and numbers are that core answered with, and the texts, which are put into `text`. False when a status of Node-API is not ok.
bool FindData(Environment& environment, napi_value identified, DataView& view, std::u16string& text);

// The Python objects that the tape names, borrowed. False with an error set in Python, for which the GIL is needed only then.
bool FindObjects(Environment& environment, const DataView& view, std::vector<PyObject*>& objects);

// A copy of what core answered with. False with an error pending in JS.
bool CopyData(Environment& environment, napi_value identified, WrittenData& data);

}  // namespace interloop
