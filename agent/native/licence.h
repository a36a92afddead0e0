// Whether a packet may be answered before JavaScript has seen it: what came while the process stood still may be another's by now.
#pragma once

#include <time.h>

#include <limits>

// Milliseconds, of CLOCK_MONOTONIC where they are instants.
struct Licence {
  // Later the event loop may have stood still, and does not know it yet.
  double until = -std::numeric_limits<double>::infinity();
  // What the kernel received before is not answered.
  double since = 0;
  // Nor what it has had for so long or longer.
  double fresh_for = 0;

  // `age`: microseconds since the kernel received it.
  bool Covers(double age) const {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double at = static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
    double old = age / 1e3;
    return at <= until && old < fresh_for && at - old >= since;
  }
};
