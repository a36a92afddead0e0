// Failures as system calls tell them.
#pragma once

#include <cerrno>

inline int Fail(int error) {
  errno = error;
  return -1;
}
