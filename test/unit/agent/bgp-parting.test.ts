import assert from "node:assert/strict"
import { test } from "node:test"
import type { BfdWire } from "../../../agent/ports/bfd-wire.ts"
import type { BgpTransport } from "../../../agent/ports/bgp-transport.ts"
import { pause } from "../../../agent/ports/clock.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { noCounts } from "../../../agent/speaker/bfd/member.ts"
import { createBgp } from "../../../agent/speaker/bgp/bgp.ts"
import { profile } from "../bfd/wanted.ts"
import { judge, peer } from "../config/fixtures.ts"
import { steadyRandom, virtualClock } from "../kube-client/virtual-clock.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { scriptedRouter } from "./scripted-router.ts"

/** A session with BFD beside it; what happens to both from the goodbye on, in order. */
const parting = async () => {
  const clock = virtualClock()
  const router = scriptedRouter(clock)
  const happened: string[] = []
  const transport: BgpTransport = {
    ...router.ports.transport,
    dial: (request, listener) => ({
      ...router.ports.transport.dial(request, listener),
      finish: async () => {
        happened.push("our side of the connection is closed")
        await pause(clock, 40)
        happened.push("the peer's side is closed")
      },
    }),
  }
  const wire: BfdWire = {
    listen: ({ hops, vrf }) => ({ hops, vrf, close: () => undefined }),
    open: () => ({
      localPort: 49_152,
      setPlan: () => undefined,
      send: () => undefined,
      counts: () => noCounts,
      close: () => void happened.push("BFD is over"),
    }),
    wind: () => ({ latest: 0, dropped: 0 }),
    stop: () => undefined,
  }
  const bgp = createBgp(
    {
      ...router.ports,
      ...fakeHost().edges,
      transport,
      startBfdWire: () => wire,
      clock,
      random: steadyRandom(),
      metrics: createMetrics(),
      log: createLog({ level: "error", clock, write: () => undefined }, "test"),
      interfaces: () => [ethernet(2, "eth0", { addresses: [{ address: "10.0.0.9", prefixLength: 24 }] })],
      password: async () => new Uint8Array(0),
    },
    {
      defaults: { namespace: "metallb-system", nodeId: 1, accepts: false, restartTime: 120 },
      listenPort: 0,
      preserved: false,
    },
    { changed: () => undefined, failed: () => undefined, malformed: () => undefined, bfdChanged: () => undefined },
  )
  const { config } = judge({ bgpPeers: [peer("tor", { bfdProfile: "test", enableGracefulRestart: true })] })
  const { peers } = config.bgp
  bgp.want({
    config: { ...config.bgp, peers, bfdProfiles: [profile()] },
    labels: {},
    nodeAddresses: [],
    routesOf: () => [],
  })
  await clock.advance(1_000)
  return { clock, bgp, happened }
}

for (const how of [{ kind: "leave" }, { kind: "shutdown", text: "node drained" }] as const)
  test(`at the end (${how.kind}) BFD goes once the peer has closed its session too, since routers take its end for a failure before`, async () => {
    const { clock, bgp, happened } = await parting()
    assert.equal(bgp.sessions().get("tor")?.main.state, "Established")
    assert.equal(bgp.bfd().length, 1)
    let over = false
    const ending = bgp.stop(how).then(() => {
      over = true
    })
    for (let step = 0; step < 200 && !over; step++) await clock.advance(10)
    await ending
    assert.deepEqual(happened, ["our side of the connection is closed", "the peer's side is closed", "BFD is over"])
  })
