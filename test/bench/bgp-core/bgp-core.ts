import { randomInt } from "node:crypto"
import { plainAttributes, type Route, routeAttributes } from "../../../agent/core/bgp/rib/route.ts"
import { type BgpConfig, type BgpPeer, noBgp } from "../../../agent/core/config/bgp/model.ts"
import { loadAddon } from "../../../agent/native/addon.ts"
import { realClock } from "../../../agent/ports/clock.ts"
import { nativeInterfaces } from "../../../agent/ports/interfaces-native.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { nativeMulticastGroups } from "../../../agent/ports/multicast-groups-native.ts"
import { nativePacketSockets } from "../../../agent/ports/packet-socket-native.ts"
import { realRandom } from "../../../agent/ports/random.ts"
import { type Bgp, createBgp } from "../../../agent/speaker/bgp/bgp.ts"
import { nativeBgpPorts } from "../../../agent/speaker/bgp/native.ts"
import { pollUntil } from "../../lab/wait.ts"
import type { Bench, Say } from "../bench.ts"
import { describe, distribution } from "../stats.ts"
import { attacks } from "./attacks.ts"
import { type Aftermath, startHostile } from "./hostile.ts"
import { peersAsn, type Sinks, startSinks } from "./sink.ts"

const firstPort = 10_179
const mib = 1024 * 1024
const epoch = () => performance.timeOrigin + performance.now()
const milliseconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000

/** Route number `at` of 10.0.0.0/8, each host its own. */
const route = (at: number): Route => ({
  prefix: { base: { family: "IPv4", value: BigInt(0x0a000000 + at) }, length: 32 },
  attributes: routeAttributes(plainAttributes),
})
const routes = (count: number, from = 0): readonly Route[] => Array.from({ length: count }, (_, at) => route(from + at))

const peer = (at: number, changes: Partial<BgpPeer> = {}): BgpPeer => ({
  name: `peer-${at}`,
  source: "resource",
  myASN: 64512,
  remote: { kind: "as", asn: peersAsn },
  localASN: undefined,
  endpoint: { kind: "address", address: { family: "IPv4", value: 0x7f000001n } },
  sourceAddress: undefined,
  port: firstPort + at,
  timers: { holdTime: 0, keepaliveTime: undefined, connectTime: 1 },
  routerID: undefined,
  nodeSelectors: [],
  password: { from: "nothing" },
  bfdProfile: undefined,
  gracefulRestart: false,
  ebgpMultiHop: false,
  ttlSecurityHops: undefined,
  vrf: "",
  dualStackAddressFamily: false,
  ...changes,
})

type Stage = {
  readonly bgp: Bgp
  readonly sinks: Sinks
  /** Gives every peer these routes. */
  readonly tell: (peers: readonly BgpPeer[], told: (at: number) => readonly Route[]) => void
  /** Waits until each peer holds so many prefixes; the moment when the last UPDATE came, in ms since the epoch. */
  readonly until: (held: (at: number) => number) => Promise<number>
}

/** The running part of the speaker with as many peers on this machine, for as long as `play` runs. */
const stage = async <T>(count: number, play: (stage: Stage) => Promise<T>): Promise<T> => {
  const addon = loadAddon()
  const sinks = await startSinks(firstPort, count)
  const ports = nativeBgpPorts(addon, realClock, realRandom)
  const bgp = createBgp(
    {
      ...ports,
      clock: realClock,
      random: realRandom,
      metrics: createMetrics(),
      packetSockets: nativePacketSockets(addon),
      multicastGroups: nativeMulticastGroups(addon),
      log: createLog({ level: "warn", clock: realClock, write: line => void process.stderr.write(line) }, "bench"),
      interfaces: () => nativeInterfaces(addon).list(),
      newNumber: () => randomInt(1, 2 ** 32),
      password: async () => new Uint8Array(0),
    },
    {
      defaults: { namespace: "metallb-system", nodeId: 1, accepts: false, restartTime: 120 },
      listenPort: 0,
      preserved: false,
    },
    { changed: () => undefined, failed: () => undefined, malformed: () => undefined, bfdChanged: () => undefined },
  )
  const tell: Stage["tell"] = (peers, told) => {
    const config: BgpConfig = { ...noBgp, peers }
    const tables = new Map(peers.map(({ name }, at) => [name, told(at)]))
    bgp.want({ config, labels: {}, nodeAddresses: [], routesOf: name => tables.get(name) ?? [] })
  }
  const until: Stage["until"] = async held => {
    const accounts = await pollUntil(
      "every peer has what it is told",
      async () => {
        const all = await sinks.count()
        return all.every((one, at) => one.held === held(at)) ? all : undefined
      },
      { everyMs: 5, timeoutMs: 60_000 },
    )
    return Math.max(...accounts.map(({ lastAt }) => lastAt))
  }
  try {
    return await play({ bgp, sinks, tell, until })
  } finally {
    await bgp.stop({ kind: "removed" })
    sinks.stop()
  }
}

const peersOf = (count: number) => Array.from({ length: count }, (_, at) => peer(at))

/** Established sessions without routes, then 10,000 at once: ms until the last of four peers has the last, and MiB that it took. */
const manyPrefixes = (say: Say) =>
  stage(4, async ({ tell, until }) => {
    const peers = peersOf(4)
    tell(peers, () => [route(0)])
    await until(() => 1)
    global.gc?.()
    const before = process.memoryUsage.rss()
    const all = routes(10_000)
    const began = epoch()
    const worked = process.cpuUsage()
    tell(peers, () => all)
    // What a peer's window took at once, which is all of it; the rest of the time is the peers' own reading.
    await new Promise(resolve => setImmediate(resolve))
    const cpuMs = milliseconds(process.cpuUsage(worked))
    const ms = (await until(() => all.length)) - began
    const grown = (process.memoryUsage.rss() - before) / mib
    say(
      `  10,000 prefixes with four peers after ${ms.toFixed(0)} ms, of the speaker's processor ${cpuMs.toFixed(0)} ms; ${grown.toFixed(1)} MiB more`,
    )
    return { ms, cpuMs, mib: grown }
  })

/** One of a hundred peers gets another hold time: UPDATEs that the others got because of it, and ms until it holds its routes again. */
const oneOfHundredPeers = (say: Say) =>
  stage(100, async ({ sinks, tell, until }) => {
    const peers = peersOf(100)
    const told = peers.map((_, at) => routes(100, 100 * at))
    tell(peers, at => told[at] ?? [])
    await until(() => 100)
    const before = await sinks.count()
    const [first = peer(0), ...rest] = peers
    const began = epoch()
    tell([{ ...first, timers: { ...first.timers, holdTime: 30 } }, ...rest], at => told[at] ?? [])
    await pollUntil("the changed peer got its routes again", async () => {
      const [now] = await sinks.count()
      return now !== undefined && now.updates > (before[0]?.updates ?? 0) && now.held === 100
    })
    const after = await sinks.count()
    const seen = after.slice(1).reduce((sum, { updates }, at) => sum + updates - (before[at + 1]?.updates ?? 0), 0)
    const ms = (after[0]?.lastAt ?? 0) - began
    say(`  99 other peers got ${seen} UPDATEs; the changed one had its routes again after ${ms.toFixed(0)} ms`)
    return { updatesToOthers: seen, ms }
  })

/** One more route among 5,000: UPDATEs, and processor time of the whole process until the peer has it. */
const oneOfManyRoutes = (say: Say, runs: number) =>
  stage(1, async ({ bgp, sinks, tell, until }) => {
    const peers = peersOf(1)
    tell(peers, () => routes(5_000))
    await until(() => 5_000)
    const values: number[] = []
    const { updates: before = 0 } = (await sinks.count())[0] ?? {}
    for (let run = 0; run < runs; run++) {
      const began = process.cpuUsage()
      bgp.tell(new Map(peers.map(({ name }) => [name, { set: [route(5_000 + run)], gone: [] }])))
      await new Promise(resolve => setImmediate(resolve))
      values.push(milliseconds(process.cpuUsage(began)))
      await until(() => 5_001 + run)
    }
    const { updates: after = 0 } = (await sinks.count())[0] ?? {}
    const updates = (after - before) / runs
    say(`  ${updates} UPDATEs each; processor time ${describe(distribution(values), "ms")}`)
    return { updatesEach: updates, cpuMs: distribution(values) }
  })

/**
 * One of two peers attacks: the NOTIFICATION it gets, MiB that the process grew at most meanwhile, and what the other peer sees: whether
 * its session stays, and the ms after which each of the routes that come all the while is with it.
 */
const hostilePeer = async (say: Say, attack: string, due: string) => {
  const hostile = await startHostile(firstPort + 1, attack)
  try {
    return await stage(1, async ({ bgp, sinks, tell, until }) => {
      const [good = peer(0)] = peersOf(1)
      tell([good], () => routes(100))
      await until(() => 100)
      const since = bgp.since(good.name)
      global.gc?.()
      const before = process.memoryUsage.rss()
      let most = before
      const delays: number[] = []
      let over: Aftermath | undefined
      const ending = hostile.over.then(aftermath => {
        over = aftermath
      })
      tell([good, { ...peer(1), timers: { holdTime: 3, keepaliveTime: undefined, connectTime: 1 } }], () => routes(100))
      for (let more = 0; over === undefined || more < 10; more++) {
        const began = epoch()
        bgp.tell(new Map([[good.name, { set: [route(100 + more)], gone: [] }]]))
        delays.push((await until(() => 101 + more)) - began)
        most = Math.max(most, process.memoryUsage.rss())
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      await ending
      const { notification = "", ms = 0 } = over
      const undisturbed = bgp.since(good.name) === since && bgp.sessions().get(good.name)?.main.state === "Established"
      const grown = (most - before) / mib
      const { updates = 0 } = (await sinks.count())[0] ?? {}
      say(
        `  ${attack.padEnd(15)} ended after ${ms.toFixed(0)} ms with ${notification} (due: ${due}); ${grown.toFixed(1)} MiB more at most; the other peer's session ${undisturbed ? "stayed" : "ENDED"}, its routes came after ${describe(distribution(delays), "ms").replace(/ {2,}\(.*/, "")}`,
      )
      return { attack, due, notification, ms, mib: grown, undisturbed, updates, delays: distribution(delays) }
    })
  } finally {
    hostile.stop()
  }
}

const hostilePeers = async (say: Say) => {
  const seen: object[] = []
  for (const [name, { due }] of Object.entries(attacks)) seen.push(await hostilePeer(say, name, due))
  return seen
}

const parts: Readonly<Record<string, (say: Say, runs: number) => Promise<object>>> = {
  "10000-prefixes": say => manyPrefixes(say),
  "100-peers": say => oneOfHundredPeers(say),
  "one-of-5000": (say, runs) => oneOfManyRoutes(say, runs),
  "hostile-peer": say => hostilePeers(say),
}

/** The speaker's BGP on real sockets of this machine, with peers that take everything: no cluster, no router. */
export const bgpCore: Bench = {
  name: "bgp-core",
  summary: `BGP on this machine's sockets (parts: ${Object.keys(parts).join(", ")})`,
  run: async ({ runs = 5, only }, say) => {
    const result: Record<string, unknown> = {}
    for (const [name, measure] of Object.entries(parts)) {
      if (only.length > 0 && !only.includes(name)) continue
      say(name)
      const once = name === "one-of-5000" || name === "hostile-peer" ? 1 : runs
      const all: object[] = []
      for (let run = 0; run < once; run++) all.push(await measure(say, 10 * runs))
      result[name] = all
    }
    return result
  },
}
