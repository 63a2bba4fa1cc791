// Compiled (not run) against the headers of a real CPython: fails when the table of python_api.h, or a layout or constant that it states, disagrees with them.
#include <Python.h>
#include <structmember.h>

#include <type_traits>

#include "../src/cpython/python_api.h"

namespace interloop {

// Pointers to anything are alike, numbers are alike when they have the same size and kind.
template <class A, class B>
constexpr bool kAlike = (std::is_void_v<A> && std::is_void_v<B>) || (std::is_pointer_v<A> && std::is_pointer_v<B>) ||
                        (sizeof(std::conditional_t<std::is_void_v<A>, char, A>) == sizeof(std::conditional_t<std::is_void_v<B>, char, B>) &&
                         !std::is_pointer_v<A> && !std::is_pointer_v<B> && std::is_floating_point_v<A> == std::is_floating_point_v<B> && !std::is_void_v<A> && !std::is_void_v<B>);

template <class Ours, class Theirs>
struct SameCall : std::false_type {};
template <class R, class... A, class S, class... B>
  requires(sizeof...(A) == sizeof...(B))
struct SameCall<R (*)(A...), S (*)(B...)> : std::bool_constant<kAlike<R, S> && (kAlike<A, B> && ...)> {};

#define X(result, name, arguments) static_assert(SameCall<result(*) arguments, decltype(&::name)>::value, #name " has another signature in this CPython");
INTERLOOP_PYTHON_FUNCTIONS(X)
#if PY_VERSION_HEX >= 0x030A0000
X(int, PyIter_Send, (PyObject*, PyObject*, PyObject**))
#endif
#undef X

static_assert(sizeof(PyObject) == sizeof(::PyObject));
static_assert(offsetof(PyObject, ob_type) == offsetof(::PyObject, ob_type));
#define SAME_SIZE(type) static_assert(sizeof(type) == sizeof(::type), #type " has another layout in this CPython");
SAME_SIZE(PyMethodDef)
SAME_SIZE(PyType_Slot)
SAME_SIZE(PyType_Spec)
SAME_SIZE(PyMemberDef)
SAME_SIZE(PyGetSetDef)
SAME_SIZE(Py_buffer)
static_assert(offsetof(Py_buffer, ndim) == offsetof(::Py_buffer, ndim) && offsetof(Py_buffer, internal) == offsetof(::Py_buffer, internal));
static_assert(offsetof(PyType_Spec, flags) == offsetof(::PyType_Spec, flags) && offsetof(PyType_Spec, slots) == offsetof(::PyType_Spec, slots));

static_assert(kBfGetBuffer == Py_bf_getbuffer && kBfReleaseBuffer == Py_bf_releasebuffer && kMpAssSubscript == Py_mp_ass_subscript && kMpLength == Py_mp_length);
static_assert(kMpSubscript == Py_mp_subscript && kNbBool == Py_nb_bool && kSqContains == Py_sq_contains && kSqLength == Py_sq_length && kTpBase == Py_tp_base);
static_assert(kTpCall == Py_tp_call && kTpClear == Py_tp_clear && kTpDealloc == Py_tp_dealloc && kTpDoc == Py_tp_doc && kTpGetAttro == Py_tp_getattro);
static_assert(kTpHash == Py_tp_hash && kTpIter == Py_tp_iter && kTpIterNext == Py_tp_iternext && kTpMethods == Py_tp_methods && kTpNew == Py_tp_new);
static_assert(kTpRepr == Py_tp_repr && kTpRichCompare == Py_tp_richcompare && kTpSetAttro == Py_tp_setattro && kTpStr == Py_tp_str && kTpTraverse == Py_tp_traverse);
static_assert(kTpMembers == Py_tp_members && kTpGetSet == Py_tp_getset && kTpFree == Py_tp_free && kAmAwait == Py_am_await);
#if PY_VERSION_HEX >= 0x030A0000
static_assert(kAmSend == Py_am_send && kSendReturn == PYGEN_RETURN && kSendError == PYGEN_ERROR && kSendNext == PYGEN_NEXT);
#endif
static_assert(kDefaultFlags == (Py_TPFLAGS_DEFAULT | (1u << 18)) && kBaseTypeFlag == Py_TPFLAGS_BASETYPE && kHaveGcFlag == Py_TPFLAGS_HAVE_GC);
static_assert(kHaveVectorcallFlag == Py_TPFLAGS_HAVE_VECTORCALL && kVectorcallOffset == PY_VECTORCALL_ARGUMENTS_OFFSET);
static_assert(kKeywords == METH_KEYWORDS && kNoArgs == METH_NOARGS && kOneArg == METH_O && kFastCall == METH_FASTCALL);
static_assert(kMemberSsize == T_PYSSIZET && kMemberReadOnly == READONLY && kEq == Py_EQ && kNe == Py_NE);
static_assert(kBufferFormat == PyBUF_FORMAT && kBufferNd == PyBUF_ND && kBufferStrides == PyBUF_STRIDES && kBufferCContiguous == PyBUF_C_CONTIGUOUS);

}  // namespace interloop
