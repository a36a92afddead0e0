{
  "targets": [
    {
      "target_name": "agent",
      "sources": ["addon.cc", "arp-answers.cc", "bfd.cc", "bfd-echo.cc", "bfd-loop.cc", "bfd-pace.cc", "bfd-socket.cc", "bfd-thread.cc", "bfd-told.cc", "caps.cc", "datagram.cc", "gcm.cc", "group.cc", "heartbeat.cc", "heartbeat-loop.cc", "heartbeat-packet.cc", "heartbeat-thread.cc", "link.cc", "memory.cc", "packet.cc", "stream.cc", "thread.cc", "thread-handle.cc", "values.cc", "watched.cc"],
      "defines": ["NAPI_VERSION=8"],
      "cflags": ["-Wall", "-Wextra", "-Os", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections"],
      "cflags!": ["-O3"],
      "cflags_cc": ["-std=c++17"],
      "ldflags": ["-Wl,--gc-sections"]
    }
  ]
}
