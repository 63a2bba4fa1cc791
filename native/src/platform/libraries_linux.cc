#include "platform/libraries.h"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>

namespace interloop {

namespace {

struct Wanted {
  const char* name;
  uint32_t hash;
  LoadedSymbol found;
};

uint32_t GnuHash(const char* name) {
  uint32_t hash = 5381;
  for (; *name != '\0'; ++name) hash = hash * 33 + static_cast<unsigned char>(*name);
  return hash;
}

struct Tables {
  const ElfW(Sym) * symbols = nullptr;
  const char* strings = nullptr;
  const uint32_t* hashes = nullptr;  // DT_GNU_HASH
};

Tables TablesOf(const dl_phdr_info& info) {
  Tables tables;
  for (int index = 0; index < info.dlpi_phnum; ++index) {
    if (info.dlpi_phdr[index].p_type != PT_DYNAMIC) continue;
    // glibc writes addresses into the section, musl leaves offsets there.
    const auto address = [&info](const ElfW(Dyn) & entry) { return entry.d_un.d_ptr < info.dlpi_addr ? info.dlpi_addr + entry.d_un.d_ptr : entry.d_un.d_ptr; };
    for (const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(info.dlpi_addr + info.dlpi_phdr[index].p_vaddr); entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_SYMTAB) tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address(*entry));
      if (entry->d_tag == DT_STRTAB) tables.strings = reinterpret_cast<const char*>(address(*entry));
      if (entry->d_tag == DT_GNU_HASH) tables.hashes = reinterpret_cast<const uint32_t*>(address(*entry));
    }
  }
  return tables;
}

// Looks the name up as a dynamic linker does.
const ElfW(Sym) * Lookup(const Tables& tables, const Wanted& wanted) {
  if (tables.symbols == nullptr || tables.strings == nullptr || tables.hashes == nullptr) return nullptr;
  const uint32_t bucket_count = tables.hashes[0], first = tables.hashes[1], bloom_words = tables.hashes[2];
  if (bucket_count == 0) return nullptr;
  const auto* buckets = tables.hashes + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
  const uint32_t* chain = buckets + bucket_count;
  for (uint32_t index = buckets[wanted.hash % bucket_count]; index >= first; ++index) {
    const uint32_t hash = chain[index - first];
    const ElfW(Sym) & symbol = tables.symbols[index];
    if ((hash | 1) == (wanted.hash | 1) && symbol.st_shndx != SHN_UNDEF && std::strcmp(tables.strings + symbol.st_name, wanted.name) == 0) return &symbol;
    if (hash & 1) break;  // the last one of the bucket
  }
  return nullptr;
}

int Look(dl_phdr_info* info, size_t, void* data) {
  auto& wanted = *static_cast<Wanted*>(data);
  const ElfW(Sym)* symbol = Lookup(TablesOf(*info), wanted);
  if (symbol == nullptr) return 0;
  wanted.found = {reinterpret_cast<void*>(info->dlpi_addr + symbol->st_value), symbol->st_size};
  return 1;
}

int Collect(dl_phdr_info* info, size_t, void* names) {
  if (info->dlpi_name != nullptr) static_cast<std::vector<std::string>*>(names)->push_back(info->dlpi_name);
  return 0;
}

}  // namespace

std::vector<std::string> LoadedLibraries() {
  std::vector<std::string> names;
  dl_iterate_phdr(Collect, &names);
  return names;
}

LoadedSymbol FindInLibraries(const char* name) {
  Wanted wanted = {name, GnuHash(name), {}};
  dl_iterate_phdr(Look, &wanted);
  return wanted.found;
}

}  // namespace interloop
