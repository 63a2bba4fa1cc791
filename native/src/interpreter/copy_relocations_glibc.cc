#include "interpreter/copy_relocations.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace interloop {

namespace {

#ifdef __x86_64__
constexpr uint32_t kCopy = R_X86_64_COPY, kGlobal = R_X86_64_GLOB_DAT, kAbsolute = R_X86_64_64;
#else
constexpr uint32_t kCopy = R_AARCH64_COPY, kGlobal = R_AARCH64_GLOB_DAT, kAbsolute = R_AARCH64_ABS64;
#endif

struct Range {
  uintptr_t start = 0, end = 0;
  bool Has(uintptr_t address) const { return address >= start && address < end; }
};

// A loaded file: what its program headers and its dynamic section say.
struct Image {
  uintptr_t base = 0;
  std::vector<Range> writable;
  Range constant;  // made read-only after relocation (RELRO): whole pages
  const Elf64_Dyn* dynamic = nullptr;
  const Elf64_Rela* relocations = nullptr;
  size_t count = 0, relative = 0;  // of the relocations; those at their beginning that name no symbol
  const Elf64_Sym* symbols = nullptr;
  const char* strings = nullptr;

  bool CanChange(uintptr_t address) const {
    return !constant.Has(address) && std::any_of(writable.begin(), writable.end(), [&](const Range& range) { return range.Has(address); });
  }
  std::vector<const char*> Needed() const {
    std::vector<const char*> names;
    for (const Elf64_Dyn* entry = dynamic; strings && entry && entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_NEEDED) names.push_back(strings + entry->d_un.d_val);
    }
    return names;
  }
};

uintptr_t PageOf(uintptr_t address) { return address & ~(static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)) - 1); }

Image FromPython(const dl_phdr_info& info) {
  Image image;
  image.base = info.dlpi_addr;
  for (int index = 0; index < info.dlpi_phnum; ++index) {
    const Elf64_Phdr& header = info.dlpi_phdr[index];
    const uintptr_t start = image.base + header.p_vaddr, end = start + header.p_memsz;
    if (header.p_type == PT_LOAD && (header.p_flags & PF_W)) image.writable.push_back({start, end});
    if (header.p_type == PT_GNU_RELRO) image.constant = {PageOf(start), PageOf(end)};
    if (header.p_type == PT_DYNAMIC) image.dynamic = reinterpret_cast<const Elf64_Dyn*>(start);
  }
  // The linker replaces offsets by addresses in most dynamic sections.
  const auto address = [&](const Elf64_Dyn* entry) { return entry->d_un.d_ptr < image.base ? image.base + entry->d_un.d_ptr : entry->d_un.d_ptr; };
  for (const Elf64_Dyn* entry = image.dynamic; entry && entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_RELA:
        image.relocations = reinterpret_cast<const Elf64_Rela*>(address(entry));
        break;
      case DT_RELASZ:
        image.count = entry->d_un.d_val / sizeof(Elf64_Rela);
        break;
      case DT_RELACOUNT:
        image.relative = entry->d_un.d_val;
        break;
      case DT_SYMTAB:
        image.symbols = reinterpret_cast<const Elf64_Sym*>(address(entry));
        break;
      case DT_STRTAB:
        image.strings = reinterpret_cast<const char*>(address(entry));
        break;
      default:
        break;
    }
  }
  if (!image.relocations) image.count = 0;
  return image;
}

struct Search {
  bool (*wanted)(const dl_phdr_info& info, uintptr_t address);
  uintptr_t address;
  Image found;
};

int Find(dl_phdr_info* info, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  if (!search.wanted(*info, search.address)) return 0;
  search.found = FromPython(*info);
  return 1;
}

bool FindImage(bool (*wanted)(const dl_phdr_info&, uintptr_t), uintptr_t address, Image& found) {
  Search search = {wanted, address, {}};
  if (dl_iterate_phdr(Find, &search) == 0) return false;
  found = search.found;
  return true;
}

bool IsAny(const dl_phdr_info&, uintptr_t) { return true; }  // the executable comes first
bool Contains(const dl_phdr_info& info, uintptr_t address) {
  for (int index = 0; index < info.dlpi_phnum; ++index) {
    const Elf64_Phdr& header = info.dlpi_phdr[index];
    if (header.p_type == PT_LOAD && Range{info.dlpi_addr + header.p_vaddr, info.dlpi_addr + header.p_vaddr + header.p_memsz}.Has(address)) return true;
  }
  return false;
}

// A variable that the executable has a copy of.
struct Copied {
  uintptr_t original, copy;
  size_t size;
  std::vector<unsigned char> told;  // what the original was given last
};

// The contents of the copy, as the original has to have them: an object that points into itself (std::cout does) goes on pointing into itself.
std::vector<unsigned char> ContentsFor(const Copied& object) {
  std::vector<unsigned char> contents(object.size);
  memcpy(contents.data(), reinterpret_cast<const void*>(object.copy), object.size);
  for (size_t at = 0; at + sizeof(uintptr_t) <= object.size; at += sizeof(uintptr_t)) {
    uintptr_t word;
    memcpy(&word, &contents[at], sizeof word);
    if (!Range{object.copy, object.copy + object.size}.Has(word)) continue;
    word = word - object.copy + object.original;
    memcpy(&contents[at], &word, sizeof word);
  }
  return contents;
}

struct Copies {
  std::vector<Copied> objects;
  Range originals;                   // from the first to the last
  std::set<const link_map*> loaded;  // libraries that use the copies; they stay loaded

  Copies();
  void Tell();
  void Redirect(const Image& image) const;
  void Visit(void* handle);
};

Copies::Copies() {
  Image executable;
  if (!FindImage(IsAny, 0, executable)) return;
  std::vector<void*> libraries;
  for (const char* name : executable.Needed()) {
    if (void* library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) libraries.push_back(library);
  }
  for (size_t index = 0; index < executable.count; ++index) {
    const Elf64_Rela& relocation = executable.relocations[index];
    if (ELF64_R_TYPE(relocation.r_info) != kCopy) continue;
    const Elf64_Sym& symbol = executable.symbols[ELF64_R_SYM(relocation.r_info)];
    const uintptr_t copy = executable.base + relocation.r_offset;
    for (void* library : libraries) {
      // A handle's own symbols: the executable is not searched.
      void* original = dlsym(library, executable.strings + symbol.st_name);
      if (!original || reinterpret_cast<uintptr_t>(original) == copy) continue;
      Dl_info place;
      const Elf64_Sym* own = nullptr;
      Image owner;
      const auto address = reinterpret_cast<uintptr_t>(original);
      if (dladdr1(original, &place, reinterpret_cast<void**>(const_cast<Elf64_Sym**>(&own)), RTLD_DL_SYMENT) == 0 || !own) continue;
      if (own->st_size == symbol.st_size && FindImage(Contains, address, owner) && owner.CanChange(address))
        objects.push_back({address, copy, symbol.st_size, {}});
      break;
    }
  }
  for (Copied& object : objects) {
    originals.start = originals.start == 0 ? object.original : std::min(originals.start, object.original);
    originals.end = std::max(originals.end, object.original + object.size);
    // What is there now differs from the copy, or needs nothing.
    object.told.resize(object.size);
    memcpy(object.told.data(), reinterpret_cast<const void*>(object.original), object.size);
  }
}

// Tells the originals how the copies have changed, and leaves alone what only the originals know.
void Copies::Tell() {
  for (Copied& object : objects) {
    std::vector<unsigned char> contents = ContentsFor(object);
    constexpr size_t kWord = sizeof(uintptr_t);
    for (size_t at = 0; at < object.size; at += kWord) {
      const size_t length = std::min(kWord, object.size - at);
      if (memcmp(&contents[at], &object.told[at], length) != 0) memcpy(reinterpret_cast<void*>(object.original + at), &contents[at], length);
    }
    object.told = std::move(contents);
  }
}

// Every address of an original that the linker has put into the library becomes that of the copy.
void Copies::Redirect(const Image& image) const {
  bool open = false;
  for (size_t index = image.relative; index < image.count; ++index) {
    const Elf64_Rela& relocation = image.relocations[index];
    const uint32_t type = ELF64_R_TYPE(relocation.r_info);
    if (type != kGlobal && type != kAbsolute) continue;
    const uintptr_t target = image.base + relocation.r_offset;
    const bool constant = image.constant.Has(target);
    if (!constant && !image.CanChange(target)) continue;
    uintptr_t value;
    memcpy(&value, reinterpret_cast<const void*>(target), sizeof value);
    if (!originals.Has(value)) continue;
    for (const Copied& object : objects) {
      if (!Range{object.original, object.original + object.size}.Has(value)) continue;
      if (constant && !open) {
        open = mprotect(reinterpret_cast<void*>(image.constant.start), image.constant.end - image.constant.start, PROT_READ | PROT_WRITE) == 0;
        if (!open) return;
      }
      value = value - object.original + object.copy;
      memcpy(reinterpret_cast<void*>(target), &value, sizeof value);
      break;
    }
  }
  if (open) mprotect(reinterpret_cast<void*>(image.constant.start), image.constant.end - image.constant.start, PROT_READ);
}

// The library and those that it needs. A library whose dlopen has returned is complete, whatever other threads load meanwhile.
void Copies::Visit(void* handle) {
  const link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0 || !loaded.insert(map).second) {
    dlclose(handle);
    return;
  }
  Image image;
  if (!FindImage(Contains, reinterpret_cast<uintptr_t>(map->l_ld), image)) return;
  Redirect(image);
  for (const char* name : image.Needed()) {
    if (void* needed = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) Visit(needed);
  }
}

Copies& TheCopies() {
  static auto* copies = new Copies();
  return *copies;
}

}  // namespace

bool HasCopyRelocations() { return !TheCopies().objects.empty(); }

void LoadWithCopies(const char* path, int flags) {
  Copies& copies = TheCopies();
  copies.Tell();
  if (void* handle = dlopen(path, flags)) copies.Visit(handle);
}

}  // namespace interloop
