// Contexts: the Python context an entry runs in, and the JS async context that rides in a Python contextvar, so that it follows Tasks and callbacks by itself.
#pragma once

#include "environment/environment.h"

namespace interloop {

// Made once, with the interpreter.
bool InitContext();

// Makes `id` (a JsId whose count passes to the holder) the async context of the current Python context. A new reference to the token for LeaveSnapshot, or null with a Python error set.
PyObject* EnterSnapshot(Environment& environment, double id);
void LeaveSnapshot(PyObject* token);
// The JsId carried by the current Python context for this environment, or 0.
double CurrentSnapshot(Environment& environment);

// The JsObject that holds it: a new reference, or null.
PyObject* CurrentHolder(Environment& environment);

// Contexts that JS keeps come without the snapshot: the store that it holds may hold them in turn, and neither collector could break that reference cycle.
// Nothing is missed, because an entry from JS brings the snapshot of its caller.

// A new reference to a copy of the current Python context; null with a Python error set.
PyObject* CopyContext();
// The same; empty when it holds nothing of the program's. False with a Python error set.
bool CaptureOwn(Owned& context);
// A new count of a Ref to such a copy; the shared empty one when it holds nothing of the program's. 0 with a Python error set.
int64_t CaptureContext(Environment& environment);

// A thread of JS has a context that it never leaves, so that core can name it: what plain calls set outside of any AsyncLocalStorage is in there. Called once for each JavaScript of a thread; false with a Python error set.
bool EnterBaseContext();
// The thread's JavaScript ends.
void LeaveBaseContext();
// Borrowed; null where the thread has none.
PyObject* BaseContext();
// A new reference to a copy of any context, without the snapshot; null with a Python error set.
PyObject* CopyOf(PyObject* context);

// Enters the context, or a copy of it when it is entered already. A new reference to what was entered; null with a Python error set.
PyObject* EnterContext(PyObject* context);
void LeaveContext(PyObject* context);

}  // namespace interloop
