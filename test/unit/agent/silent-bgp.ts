import type { BgpPorts } from "../../../agent/speaker/bgp/native.ts"

/** A network on which nobody answers. */
export const silentBgpPorts: BgpPorts = {
  transport: {
    dial: () => ({ send: () => undefined, finish: async () => undefined, abort: () => undefined }),
    listen: () => ({ setPassword: () => undefined, close: () => undefined }),
  },
  startBfdWire: () => {
    throw Object.assign(new Error("no thread"), { code: "EAGAIN" })
  },
  forwards: () => false,
  newNumber: () => 7,
  crc32: () => 7,
  uptime: () => 3_600,
}
