// Time as the threads count it.
#pragma once

#include <time.h>

#include <cstdint>

// Nanoseconds of CLOCK_MONOTONIC.
using Instant = int64_t;
constexpr Instant kNever = INT64_MAX;
constexpr Instant kSecond = 1000000000;
constexpr Instant kMilli = 1000000;

inline Instant Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}
