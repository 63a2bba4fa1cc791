// The dynamic linker gives some variables of shared libraries (std::cout, environ) a copy in the executable: a COPY relocation. Everything that looks a variable up in the usual order,
// the library that defines it included, uses the copy. An extension module that is loaded with RTLD_DEEPBIND looks in its own libraries first and finds the original instead, which nobody has
// initialised: the first std::cout << or std::regex then crashes.
//
// So we give the originals the contents of the copies before a library is loaded, for its constructors, and afterwards let the addresses that the library has of originals lead to the copies.
#pragma once

namespace interloop {

// Whether the executable has copies of variables that can change. Looks once.
bool HasCopyRelocations();

// Loads a library as dlopen(path, flags) does, and makes it and the libraries that it needs use the executable's copies. A library that does not load is left to the caller's own dlopen, which
// says why. One thread at a time.
void LoadWithCopies(const char* path, int flags);

}  // namespace interloop
