// A value on its way between the threads of Python and of JS. It is taken apart on the side that it leaves and put together on the other, so that neither needs the other's lock to hand it over
// (value_to_js.h, value_to_python.h).
#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "environment/environment.h"
#include "values/data_tape.h"
#include "values/js_buffer.h"
#include "values/js_object.h"

namespace interloop {

// A text: UTF-8, or UTF-16 where it has lone surrogates or comes from JS.
struct Text {
  std::string narrow;
  std::u16string wide;
  bool is_wide = false;
};

struct Value {
  enum class Kind : uint8_t { none, boolean, integer, number, text, bigint, object, js, data, exception, failure, thrown };

  Value() = default;
  Value(Value&&) = default;
  Value& operator=(Value&&) = default;

  Kind kind = Kind::none;
  bool flag = false;                // a boolean; the sign of a bigint; of none: JavaScript's undefined, else null
  bool owned = false;               // one reference to `object` travels along; else it is lent
  JsKind js_kind = JsKind::object;  // of a JS value on its way to Python
  bool is_async = false;            // it is an async function
  bool is_owned = false;            // it is an iterator that Python closes
  int traits = 0;                   // of a Python object on its way to JS
  int64_t integer = 0;
  double number = 0;             // or the JsId of a JS value
  PyObject* object = nullptr;    // a Python object; on the way to JS also the JsObject that stands for a JS value
  Loan loan;                     // for a lent object: see ref_table.h
  Text text;                     // also an error's message
  std::vector<uint64_t> words;   // of a bigint
  std::vector<Text> details;     // of errors: name and the like
  std::unique_ptr<Value> inner;  // what was thrown
  std::unique_ptr<WrittenData> data;
  std::shared_ptr<JsMemory> memory;  // of a JS buffer on its way to Python, which gets a memoryview
};

// An InterloopError.
void SayFailure(const char* code, const std::string& message, Value& value);

// Takes a reference to what is lent, so that the lender may let go of it. With the GIL.
void Own(Value& value);
// Lets go of a value that nobody takes. With the GIL; or on the environment's thread without.
void Discard(Environment& environment, Value& value);
void Leave(Environment& environment, Value& value);

}  // namespace interloop
