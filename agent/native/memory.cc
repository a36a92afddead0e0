// Gives memory back that only the start needed.
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nouns.h"
#include "values.h"

namespace {

// The first object is the program itself. Its code and its constants are file pages that nobody ever writes (the flags say
// so), so dropping them loses nothing: those still in use come back from the page cache at the next touch, and the
// compilers, parsers, snapshot readers and tables of the start stay out. Segments that can be written are left alone, those
// that became read-only after their relocations among them (PT_GNU_RELRO is a part of one).
int DropFilePages(dl_phdr_info* program, size_t, void*) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int index = 0; index < program->dlpi_phnum; index++) {
    const ElfW(Phdr)& segment = program->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t first = (program->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const uintptr_t end = program->dlpi_addr + segment.p_vaddr + segment.p_filesz;
    // A hint: where the kernel refuses, the pages stay.
    madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
  }
  return 1;
}

// memoryTrim(): free heap pages of the C library and the program's file pages leave the process
napi_value Trim(napi_env env, napi_callback_info) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  dl_iterate_phdr(DropFilePages, nullptr);
  return Undefined(env);
}

}  // namespace

void RegisterMemory(napi_env env, napi_value exports) { SetFunction(env, exports, "memoryTrim", Trim); }
