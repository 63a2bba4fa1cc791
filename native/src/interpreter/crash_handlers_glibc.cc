#include "interpreter/crash_handlers.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

namespace interloop {

namespace {

#ifdef __x86_64__
constexpr uint32_t kSlot = R_X86_64_JUMP_SLOT, kGlobal = R_X86_64_GLOB_DAT;
uintptr_t Counter(void* context) { return static_cast<uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]); }
#else
constexpr uint32_t kSlot = R_AARCH64_JUMP_SLOT, kGlobal = R_AARCH64_GLOB_DAT;
uintptr_t Counter(void* context) { return static_cast<uintptr_t>(static_cast<ucontext_t*>(context)->uc_mcontext.pc); }
#endif

constexpr int kShared[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
constexpr int kMost = 32;

// Both are written with the GIL, and read in handlers.
struct sigaction of_engine[kMost], of_python[kMost];
bool shared[kMost] = {};  // the handler of this file is the one that the system calls
thread_local bool in_engine = false;

bool IsHandler(const struct sigaction& action) { return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN; }

void Run(const struct sigaction& action, int number, siginfo_t* info, void* context) {
  if (!IsHandler(action)) {
    // What the system does by default, at once or when the instruction is run again.
    struct sigaction plain;
    memset(&plain, 0, sizeof plain);
    plain.sa_handler = SIG_DFL;
    sigaction(number, &plain, nullptr);
    if (info->si_code <= 0) raise(number);
  } else if (action.sa_flags & SA_SIGINFO) {
    action.sa_sigaction(number, info, context);
  } else {
    action.sa_handler(number);
  }
}

struct Place {
  uintptr_t address;
  bool first = true, in_library = false;
};

// Whether the address is in a shared library: neither in the executable, which has the engine, nor in code that the engine has made.
int Look(dl_phdr_info* info, size_t, void* data) {
  auto& place = *static_cast<Place*>(data);
  const bool executable = place.first;
  place.first = false;
  for (int index = 0; index < info->dlpi_phnum; ++index) {
    const Elf64_Phdr& header = info->dlpi_phdr[index];
    const uintptr_t start = info->dlpi_addr + header.p_vaddr;
    if (header.p_type != PT_LOAD || place.address < start || place.address >= start + header.p_memsz) continue;
    place.in_library = !executable;
    return 1;
  }
  return 0;
}

bool IsPythons(siginfo_t* info, void* context) {
  constexpr uintptr_t kPage = 4096;
  Place place{Counter(context)};
  if (info->si_code <= 0 || place.address < kPage) return true;  // sent, or a call of a null pointer
  dl_iterate_phdr(Look, &place);
  return place.in_library;
}

void OnSignal(int number, siginfo_t* info, void* context) {
  const struct sigaction engine = of_engine[number], python = of_python[number];
  const bool own = IsHandler(python) && (python.sa_sigaction != engine.sa_sigaction);
  // The engine's handler may hand on to the one before it, which may be this one.
  if (own && (in_engine || IsPythons(info, context))) return Run(python, number, info, context);
  struct sigaction none;
  memset(&none, 0, sizeof none);
  none.sa_handler = SIG_DFL;
  if (in_engine) return Run(none, number, info, context);
  in_engine = true;
  Run(engine, number, info, context);
  in_engine = false;
}

// Python's sigaction().
int ForPython(int number, const struct sigaction* action, struct sigaction* before) {
  bool known = false;
  for (int one : kShared) known = known || one == number;
  struct sigaction now;
  if (!known || sigaction(number, nullptr, &now) != 0) return sigaction(number, action, before);
  const bool ours = (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == OnSignal;
  if (!ours && !(IsHandler(now) && action)) return sigaction(number, action, before);
  if (!ours) {
    // The engine's, which is new to us.
    of_engine[number] = now;
    if (!shared[number]) of_python[number] = now;
    shared[number] = true;
  }
  if (before) *before = of_python[number];
  if (!action) return 0;
  of_python[number] = *action;
  struct sigaction chain = of_engine[number];
  chain.sa_sigaction = OnSignal;
  chain.sa_flags |= SA_SIGINFO | SA_ONSTACK | (action->sa_flags & SA_NODEFER);
  return sigaction(number, &chain, nullptr);
}

struct Redirection {
  uintptr_t wanted;  // an address in the library
};

int Redirect(dl_phdr_info* info, size_t, void* data) {
  const uintptr_t wanted = static_cast<Redirection*>(data)->wanted, base = info->dlpi_addr;
  bool is_it = false;
  const Elf64_Dyn* dynamic = nullptr;
  uintptr_t constant = 0, constant_end = 0;
  for (int index = 0; index < info->dlpi_phnum; ++index) {
    const Elf64_Phdr& header = info->dlpi_phdr[index];
    const uintptr_t start = base + header.p_vaddr;
    if (header.p_type == PT_LOAD && wanted >= start && wanted < start + header.p_memsz) is_it = true;
    if (header.p_type == PT_DYNAMIC) dynamic = reinterpret_cast<const Elf64_Dyn*>(start);
    if (header.p_type == PT_GNU_RELRO) {
      const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
      constant = start & ~(page - 1);
      constant_end = (start + header.p_memsz) & ~(page - 1);
    }
  }
  if (!is_it || !dynamic) return 0;
  const Elf64_Rela* tables[2] = {};
  size_t sizes[2] = {};
  const Elf64_Sym* symbols = nullptr;
  const char* strings = nullptr;
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    const uintptr_t address = dynamic->d_un.d_ptr < base ? base + dynamic->d_un.d_ptr : dynamic->d_un.d_ptr;
    switch (dynamic->d_tag) {
      case DT_RELA:
        tables[0] = reinterpret_cast<const Elf64_Rela*>(address);
        break;
      case DT_RELASZ:
        sizes[0] = dynamic->d_un.d_val;
        break;
      case DT_JMPREL:
        tables[1] = reinterpret_cast<const Elf64_Rela*>(address);
        break;
      case DT_PLTRELSZ:
        sizes[1] = dynamic->d_un.d_val;
        break;
      case DT_SYMTAB:
        symbols = reinterpret_cast<const Elf64_Sym*>(address);
        break;
      case DT_STRTAB:
        strings = reinterpret_cast<const char*>(address);
        break;
      default:
        break;
    }
  }
  for (int table = 0; table < 2 && symbols && strings; ++table) {
    for (size_t index = 0; tables[table] && index < sizes[table] / sizeof(Elf64_Rela); ++index) {
      const Elf64_Rela& relocation = tables[table][index];
      const uint32_t type = ELF64_R_TYPE(relocation.r_info);
      if ((type != kSlot && type != kGlobal) || strcmp(strings + symbols[ELF64_R_SYM(relocation.r_info)].st_name, "sigaction") != 0) continue;
      const uintptr_t target = base + relocation.r_offset;
      const bool guarded = target >= constant && target < constant_end;
      if (guarded && mprotect(reinterpret_cast<void*>(constant), constant_end - constant, PROT_READ | PROT_WRITE) != 0) continue;
      const auto replacement = reinterpret_cast<uintptr_t>(&ForPython);
      memcpy(reinterpret_cast<void*>(target), &replacement, sizeof replacement);
      if (guarded) mprotect(reinterpret_cast<void*>(constant), constant_end - constant, PROT_READ);
    }
  }
  return 1;
}

}  // namespace

void ShareCrashSignals(void* library) {
  Redirection redirection{reinterpret_cast<uintptr_t>(dlsym(library, "Py_IsInitialized"))};
  if (redirection.wanted) dl_iterate_phdr(Redirect, &redirection);
}

}  // namespace interloop
