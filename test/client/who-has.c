// who-has INTERFACE EVERY-US ADDRESS...: asks for each IPv4 address in turn by broadcast, every so many microseconds, until standard input
// ends, as a station that has no ARP entry: with a MAC and an address (.199 of its /24) that nobody else on the LAN has,
// so that this machine's own ARP table learns nothing of it. Lines on standard output, times in nanoseconds of the real-time clock:
//   ask   NUMBER-OF-ADDRESS TIME       before the request is given to the kernel
//   reply NUMBER-OF-ADDRESS TIME MAC   as the kernel's own time stamp of the frame says
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ADDRESSES 1000

// 02:00:5e and the end of the interface's own.
static uint8_t own_mac[6] = {0x02, 0x00, 0x5e};

static void fail(const char *what) {
  fprintf(stderr, "who-has: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int open_socket(const char *name) {
  int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) fail("socket");
  unsigned interface = if_nametoindex(name);
  if (interface == 0) fail(name);
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, SIOCGIFHWADDR, &request) < 0) fail("MAC");
  memcpy(own_mac + 3, request.ifr_hwaddr.sa_data + 3, 3);
  // Replies to our own MAC alone: foreign traffic must not wake us.
  struct sock_filter code[] = {
      {BPF_LD | BPF_H | BPF_ABS, 0, 0, 20},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 2},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 2},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0x5e000000u | own_mac[3] << 16 | own_mac[4] << 8 | own_mac[5]},
      {BPF_RET | BPF_K, 0, 0, 64},
      {BPF_RET | BPF_K, 0, 0, 0},
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  int on = 1;
  struct packet_mreq promiscuous = {.mr_ifindex = (int)interface, .mr_type = PACKET_MR_PROMISC};
  struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = (int)interface};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) fail("filter");
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) fail("time stamps");
  if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) < 0) fail("membership");
  if (bind(fd, (struct sockaddr *)&place, sizeof place) < 0) fail("bind");
  return fd;
}

static void ask(int fd, const uint8_t target[4]) {
  uint8_t frame[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
  memcpy(frame + 6, own_mac, 6);
  memcpy(frame + 22, own_mac, 6);
  memcpy(frame + 28, target, 3);
  frame[31] = 199;
  memcpy(frame + 38, target, 4);
  // A link that is down for a moment is part of what is watched.
  if (send(fd, frame, sizeof frame, 0) < 0 && errno != ENETDOWN && errno != ENOBUFS) fail("send");
}

static void hear(int fd, uint8_t (*targets)[4], int count) {
  uint8_t frame[64], control[128];
  struct iovec part = {frame, sizeof frame};
  for (;;) {
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == ENETDOWN)) return;
    if (length < 0) fail("recvmsg");
    if (length < 42) continue;
    int64_t at = now(CLOCK_REALTIME);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
        struct timespec t;
        memcpy(&t, CMSG_DATA(c), sizeof t);
        at = t.tv_sec * 1000000000ll + t.tv_nsec;
      }
    for (int i = 0; i < count; i++)
      if (memcmp(frame + 28, targets[i], 4) == 0)
        printf("reply %d %lld %02x:%02x:%02x:%02x:%02x:%02x\n", i, (long long)at, frame[22], frame[23], frame[24],
               frame[25], frame[26], frame[27]);
  }
}

int main(int argc, char **argv) {
  static uint8_t targets[ADDRESSES][4];
  int count = argc - 3;
  int64_t every = argc > 2 ? atoll(argv[2]) * 1000 : 0;
  if (count < 1 || count > ADDRESSES || every < 1000) {
    fprintf(stderr, "usage: who-has INTERFACE EVERY-US ADDRESS...\n");
    return 2;
  }
  for (int i = 0; i < count; i++)
    if (inet_pton(AF_INET, argv[3 + i], targets[i]) != 1) {
      fprintf(stderr, "who-has: %s is not an IPv4 address\n", argv[3 + i]);
      return 2;
    }
  int fd = open_socket(argv[1]);
  prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
  // It stands for another machine: its questions wait for nothing that runs on this one.
  if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}) < 0)
    fprintf(stderr, "who-has: asks with the usual priority, and late where the machine is busy: %s\n", strerror(errno));
  setvbuf(stdout, NULL, _IOLBF, 1 << 16);

  int64_t due = now(CLOCK_MONOTONIC);
  for (int turn = 0;;) {
    int64_t left = due - now(CLOCK_MONOTONIC);
    if (left <= 0) {
      printf("ask %d %lld\n", turn, (long long)now(CLOCK_REALTIME));
      ask(fd, targets[turn]);
      turn = (turn + 1) % count;
      // Who was late asks no two questions at once: an answer could not be told from the next one's.
      due += every;
      if (due < now(CLOCK_MONOTONIC)) due = now(CLOCK_MONOTONIC) + every;
      continue;
    }
    struct pollfd wanted[] = {{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    struct timespec wait = {left / 1000000000ll, left % 1000000000ll};
    if (ppoll(wanted, 2, &wait, NULL) < 0 && errno != EINTR) fail("ppoll");
    if (wanted[0].revents) hear(fd, targets, count);
    char byte;
    if (wanted[1].revents && read(STDIN_FILENO, &byte, 1) <= 0) return 0;
  }
}
