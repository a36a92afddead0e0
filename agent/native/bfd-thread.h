// The thread that keeps BFD's time: it sends each session's packet at its pace and notices when a peer falls silent, while
// the event loop may be busy. What a packet means is decided there; here one that is like the last is a sign of life.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "bfd-line.h"
#include "bfd-told.h"
#include "ears.h"
#include "thread.h"

class BfdThread final : public Thread {
 public:
  BfdThread();
  ~BfdThread() { Stop(); }

  // A port on one interface, or on all (0). The number, or -1 with errno.
  int Listen(uint32_t interface, int family, uint16_t port);
  void Unlisten(uint32_t ear);
  // A session that sends from `local`. The number of the line, or -1 with errno.
  int Open(uint32_t ear, uint32_t interface, uint32_t discriminator, uint8_t lowest_ttl, const SocketAddress& local,
           const SocketAddress& peer);
  void Close(uint32_t line);
  struct Plan {
    // Empty: silence.
    Bytes packet;
    Instant interval;
    // 0: none.
    Instant detection;
    Instant heard_ago;
    // Empty: each packet is told.
    Bytes expected;
    bool tell_all;
  };
  bool SetPlan(uint32_t line, const Plan& plan);
  // 0 or the errno. An interval of 0 ends it.
  int SetEcho(uint32_t line, Instant interval, Instant detection, const Bytes& filter);
  int Send(uint32_t line, const Bytes& packet);
  // `heard_ago`: microseconds since the last sign of life, or -1.
  bool Read(uint32_t line, LineCounts* counts, double* heard_ago);
  // What was heard since the last call.
  std::vector<Told> Take();

  struct Health {
    // Microseconds that a packet was late at most since the last call, and packets that were not told.
    double latest = 0, dropped = 0;
  };
  Health ReadHealth();

 private:
  Instant NextDue(Instant now) const override;
  void AddPolled(std::vector<pollfd>* polled) const override;
  void Hear() override;
  void Judge(Instant now) override;
  void SendDue(Instant now) override;
  void Release() override;
  void HearControl(const Ear& ear);
  bool Recognize(const Ear& ear, const Told& packet, Instant now);
  void HearEchoes(Line* line);
  int SendOn(Line* line, const uint8_t* packet);
  void Tell(const Told& told, bool bounded);
  // Or nullptr.
  Line* LineOf(uint32_t number) const;

  // BOUNDED by kEarsMax and kLinesMax.
  Ears ears_;
  std::unordered_map<uint32_t, std::unique_ptr<Line>> lines_;
  std::unordered_map<uint32_t, Line*> by_discriminator_;
  Mailbox mailbox_;
  Health health_;
};
