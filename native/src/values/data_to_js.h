// Lists, dicts and the like of Python on their way to JavaScript: written down in one walk, for core's data reader (data-reader.ts). One value costs no call between the languages.
#pragma once

#include <node_api.h>

namespace interloop {

// flatten(ref): [codes, numbers, texts as a JSON array] of what the object consists of; undefined when something is in it that needs Python code to convert.
napi_value FlattenData(napi_env env, napi_callback_info info);

}  // namespace interloop
