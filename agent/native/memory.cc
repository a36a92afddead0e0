// Gives memory back that only the start needed.
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nouns.h"
#include "values.h"

namespace {

// The first object is the program itself. Its code is file pages that nobody ever writes (the flags say so: executable and
// not writable), so dropping them loses nothing: those still in use come back from the page cache at the next touch, and
// the compilers, parsers and snapshot readers of the start stay out. Data segments are left alone: relocations live there.
int DropCode(dl_phdr_info* program, size_t, void*) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int index = 0; index < program->dlpi_phnum; index++) {
    const ElfW(Phdr)& segment = program->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t first = (program->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const uintptr_t end = program->dlpi_addr + segment.p_vaddr + segment.p_filesz;
    // A hint: where the kernel refuses, the pages stay.
    madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
  }
  return 1;
}

// memoryTrim(): free heap pages of the C library and the program's code pages leave the process
napi_value Trim(napi_env env, napi_callback_info) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  dl_iterate_phdr(DropCode, nullptr);
  return Undefined(env);
}

}  // namespace

void RegisterMemory(napi_env env, napi_value exports) { SetFunction(env, exports, "memoryTrim", Trim); }
