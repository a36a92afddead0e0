// run-as-pod CAPABILITY,... FOLDER PROGRAM ARGUMENT...: what runc does to a non-root container without privilege escalation. The
// bounding and permitted sets hold the named capabilities alone ("-" for none), the root is FOLDER, uid and gid are
// 65532, no_new_privs is set. setpriv(1) cannot: it loses the permitted set when it leaves root.
#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what) {
  perror(what);
  return 125;
}

int main(int count, char **arguments) {
  if (count < 4) return 125;
  uint64_t kept = 0;
  if (strstr(arguments[1], "net_raw")) kept |= 1ULL << CAP_NET_RAW;
  if (strstr(arguments[1], "net_bind_service")) kept |= 1ULL << CAP_NET_BIND_SERVICE;

  if (chroot(arguments[2]) != 0 || chdir("/") != 0) return fail("chroot");
  for (int number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++) {
    if ((kept >> number & 1) == 0 && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) return fail("bounding set");
  }
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 || setresgid(65532, 65532, 65532) != 0 ||
      setresuid(65532, 65532, 65532) != 0) {
    return fail("uid 65532");
  }
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2] = {{(uint32_t)kept, (uint32_t)kept, 0}, {0, 0, 0}};
  if (syscall(SYS_capset, &header, sets) != 0) return fail("capset");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail("no_new_privs");
  execv(arguments[3], arguments + 3);
  return fail(arguments[3]);
}
