// How Python loads extension modules: with a scope of their own (RTLD_DEEPBIND), because Node exports all of OpenSSL, zlib and libuv, and with the variables of the process (copy_relocations.h).
#pragma once

namespace interloop {

// From now on Python's import loads extension modules so, where the executable makes it necessary. False with a Python error set.
bool WatchExtensionModules();

}  // namespace interloop
