// How long ago the kernel received what a socket reads: what waited while the process stood still is told from what is new.
#pragma once

#include <sys/socket.h>
#include <time.h>

#include <cstring>

// Room for the control message that carries it.
constexpr size_t kAgeRoom = CMSG_SPACE(sizeof(timespec));

// 0, or -1 with errno.
inline int AskForAge(int fd) {
  int on = 1;
  return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

// Microseconds; 0 where the clock was set back meanwhile or the kernel did not say.
inline double AgeOf(msghdr* message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec then, now;
    memcpy(&then, CMSG_DATA(part), sizeof then);
    clock_gettime(CLOCK_REALTIME, &now);
    double seconds = static_cast<double>(now.tv_sec - then.tv_sec);
    double age = seconds * 1e6 + static_cast<double>(now.tv_nsec - then.tv_nsec) / 1e3;
    return age > 0 ? age : 0;
  }
  return 0;
}
