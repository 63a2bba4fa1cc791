// JavaScript's iterators and generators as Python's: JsIterator has __next__, send, throw and close, JsAsyncIterator has __anext__, asend, athrow and aclose.
//
// As for a generator of Python's own, `finally` blocks run when nothing holds it any more. But JavaScript may hold it as well, and Python cannot know. So Python closes what it owns: what it has begun to
// iterate over with iter() or aiter(), as a loop does, and what a generator function returned to it. What it only gave to next() goes on in JavaScript.
#pragma once

#include "values/js_object.h"

namespace interloop {

PyTypeObject* AddJsIterator(PyObject* module, PyTypeObject* base);
PyTypeObject* AddJsAsyncIterator(PyObject* module, PyTypeObject* base);

// iter() of a JsObject that is no JsIterator.
PyObject* IteratorOf(PyObject* js_object);

// Closes the iterator under the id, of which this gives one count back, when no other Python object stands for it. On any thread, with the GIL; a Python error that is set stays set.
void LeaveIterator(Environment& environment, double id);

}  // namespace interloop
