// The sockets that a thread hears on. Whoever uses them holds the thread's lock.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "instant.h"

struct Ear {
  uint32_t number;
  int fd;
  // Whatever came before is read.
  Instant read_until = 0;
};

class Ears {
 public:
  // Takes over the socket. BOUNDED by whoever adds.
  void Add(uint32_t number, int fd) { ears_.push_back({number, fd}); }
  void Remove(uint32_t number) {
    for (auto ear = ears_.begin(); ear != ears_.end(); ++ear) {
      if (ear->number != number) continue;
      close(ear->fd);
      ears_.erase(ear);
      return;
    }
  }
  void Clear() {
    for (const Ear& ear : ears_) close(ear.fd);
    ears_.clear();
  }
  // Or nullptr.
  const Ear* Find(uint32_t number) const {
    for (const Ear& ear : ears_) {
      if (ear.number == number) return &ear;
    }
    return nullptr;
  }
  size_t size() const { return ears_.size(); }
  auto begin() { return ears_.begin(); }
  auto end() { return ears_.end(); }
  auto begin() const { return ears_.begin(); }
  auto end() const { return ears_.end(); }

 private:
  std::vector<Ear> ears_;
};
