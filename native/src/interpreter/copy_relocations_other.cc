#include "interpreter/copy_relocations.h"

namespace interloop {

bool HasCopyRelocations() { return false; }
void LoadWithCopies(const char*, int) {}

}  // namespace interloop
