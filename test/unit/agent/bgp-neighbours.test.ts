import assert from "node:assert/strict"
import { test } from "node:test"
import { decodeUpdate } from "../../../agent/core/bgp/wire/decode-update.ts"
import { encodeUpdate } from "../../../agent/core/bgp/wire/encode-update.ts"
import { emptyFramer, push, take } from "../../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, encodeMessage, messageLimit } from "../../../agent/core/bgp/wire/message.ts"
import { encodeOpen } from "../../../agent/core/bgp/wire/open.ts"
import { noBgp } from "../../../agent/core/config/bgp/model.ts"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { BgpTransport, DialListener } from "../../../agent/ports/bgp-transport.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { createBgp } from "../../../agent/speaker/bgp/bgp.ts"
import { seeded } from "../../sim/ownership/random.ts"
import { address } from "../allocate/fixtures.ts"
import { cidr } from "../bgp/bytes.ts"
import { out4, route } from "../bgp/rib/fixtures.ts"
import { openOf, peerOf } from "../bgp/session/fixtures.ts"
import { steadyRandom, virtualClock } from "../kube-client/virtual-clock.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { silentBgpPorts } from "./silent-bgp.ts"

/** One speaker with the peers "good" and "bad", each at the other end of a connection of its own that the test plays. */
const twoPeers = async () => {
  const clock = virtualClock()
  const open = new Map<string, DialListener>()
  const closed = new Set<string>()
  const told = new Map<string, string[]>()
  const transport: BgpTransport = {
    ...silentBgpPorts.transport,
    dial: ({ to }, listener) => {
      const name = formatAddress(to)
      open.set(name, listener)
      closed.delete(name)
      clock.after(1, () => {
        listener.connected({ local: address("10.0.0.11"), remote: to })
        listener.received(Uint8Array.from([...encodeOpen(openOf()), ...encodeKeepalive()]))
      })
      let framer = emptyFramer()
      return {
        send: bytes => {
          framer = push(framer, bytes)
          for (let taken = take(framer, messageLimit.standard); taken.ok && taken.value !== undefined; ) {
            framer = taken.value.rest
            const { type, body } = taken.value.message
            const reading = type === "update" ? decodeUpdate(body, out4.wire) : undefined
            const routes = reading?.outcome === "good" ? reading.update.announced.map(formatCidr) : []
            told.set(name, [...(told.get(name) ?? []), ...routes])
            taken = take(framer, messageLimit.standard)
          }
        },
        finish: async () => void closed.add(name),
        abort: () => void closed.add(name),
      }
    },
  }
  const bgp = createBgp(
    {
      ...silentBgpPorts,
      ...fakeHost().edges,
      transport,
      clock,
      random: steadyRandom(),
      metrics: createMetrics(),
      log: createLog({ level: "none", clock, write: () => undefined }, "test"),
      interfaces: () => [ethernet(2, "eth0", { addresses: [{ address: "10.0.0.11", prefixLength: 24 }] })],
      password: async () => new Uint8Array(0),
    },
    {
      defaults: { namespace: "metallb-system", nodeId: 1, accepts: false, restartTime: 120 },
      listenPort: 0,
      preserved: false,
    },
    { changed: () => undefined, failed: () => undefined, malformed: () => undefined, bfdChanged: () => undefined },
  )
  const at = (text: string) => ({ kind: "address", address: address(text) }) as const
  const peers = [peerOf({ name: "bad", endpoint: at("10.0.0.2") }), peerOf({ name: "good", endpoint: at("10.0.0.1") })]
  bgp.want({ config: { ...noBgp, peers }, labels: {}, nodeAddresses: [], routesOf: () => [route("10.1.0.1/32")] })
  await clock.advance(10)
  const state = (name: string) => bgp.sessions().get(name)?.main.state
  assert.deepEqual([state("good"), state("bad")], ["Established", "Established"])
  return {
    bgp,
    state,
    good: () => bgp.sessions().get("good"),
    hear: (bytes: Uint8Array) => open.get("10.0.0.2")?.received(bytes),
    toldGood: () => told.get("10.0.0.1") ?? [],
    isClosed: (text: string) => closed.has(text),
    end: () => bgp.stop({ kind: "leave" }),
  }
}

const table = encodeUpdate(
  {
    withdrawn: [],
    attributes: { origin: 0, asPath: [{ kind: "sequence", asns: [64513] }], nextHop: address("10.0.0.2") },
    announced: Array.from({ length: 900 }, (_, at) => cidr(`20.${at >> 8}.${at & 255}.0/24`)),
  },
  out4.wire,
)

/** What a hostile peer may send, and what its own session is afterwards. */
const hostilities: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ["a table and then rubbish", [table, new Uint8Array(100)]],
  ["too many routes", Array.from({ length: 120 }, () => table)],
  ["a second OPEN", [encodeOpen(openOf())]],
  ["an UPDATE that cannot be read", [encodeMessage("update", Uint8Array.of(0, 1, 0, 0))]],
  ["more messages than anybody has to say", Array.from({ length: 100_001 }, encodeKeepalive)],
  ...Array.from({ length: 20 }, (_, seed) => {
    const random = seeded(seed + 1)
    const junk = Uint8Array.from({ length: random.between(20, 3_000) }, () => random.between(0, 255))
    return [`random bytes, seed ${seed + 1}`, [junk]] as const
  }),
]

for (const [what, messages] of hostilities)
  test(`a peer that sends ${what} loses its own session, and the one beside it notices nothing`, async () => {
    const host = await twoPeers()
    const before = host.good()
    for (const bytes of messages) host.hear(bytes)
    assert.ok(host.isClosed("10.0.0.2"), "its connection is closed")
    assert.equal(host.good(), before, "not one step of the other session was taken")
    assert.ok(!host.isClosed("10.0.0.1"))
    host.bgp.tell(new Map([["good", { set: [route("10.1.0.2/32")], gone: [] }]]))
    assert.deepEqual(host.toldGood(), ["10.1.0.1/32", "10.1.0.2/32"], "it is told what comes next")
    await host.end()
  })
