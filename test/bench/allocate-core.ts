import { createHash } from "node:crypto"
import { converge } from "../../agent/core/allocate/converge.ts"
import { type Ledger, ledgerFrom, observe, setClaim } from "../../agent/core/allocate/ledger.ts"
import { addNumbers } from "../../agent/core/allocate/runs.ts"
import { passOrder, settle } from "../../agent/core/allocate/settle.ts"
import { announcements } from "../../agent/core/announce/announcements.ts"
import { announceContext } from "../../agent/core/announce/context.ts"
import type { Config } from "../../agent/core/config/model.ts"
import type { Node, Service } from "../../agent/core/model.ts"
import { config, pool, service, v6Only, written } from "../unit/allocate/fixtures.ts"
import { judge } from "../unit/config/fixtures.ts"
import type { Bench } from "./bench.ts"
import { describe, distribution } from "./stats.ts"

/** The deciding part of the controller and the speaker alone: no API, no sockets. */
export const allocateCore: Bench = {
  name: "allocate-core",
  summary: "decisions only: allocations a second, a full judgement, large and nearly full pools",
  run: async ({ runs = 5, only }, say) => {
    const figures: Record<string, readonly number[]> = {}
    for (const [name, part] of Object.entries(parts)) {
      if (only.length > 0 && !only.includes(name)) continue
      part.measure()
      const values = Array.from({ length: runs }, part.measure)
      say(`${name.padEnd(16)} ${part.what.padEnd(74)} ${describe(distribution(values), part.unit)}`)
      figures[name] = values
    }
    return figures
  },
}

type Part = { readonly what: string; readonly unit: string; readonly measure: () => number }

const count = 10_000
const context = (ledger: Ledger) => ({ ledger, loadBalancerClass: "", ready: true, doubt: undefined })
/** Processor time of this thread: what else runs on the machine does not count. */
const milliseconds = (work: () => void): number => {
  const began = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / 1000
}

const hundredPools = (size: string): Config =>
  config(...Array.from({ length: 100 }, (_, n) => pool(`pool-${String(n).padStart(3, "0")}`, [`10.${n}.0.0/${size}`])))

const newcomers = (more: Parameters<typeof service>[1] = {}): readonly Service[] =>
  Array.from({ length: count }, (_, n) => service(`shop/s${n}`, { createdAt: n, ...more }))

const placeAll = (ledger: Ledger, services: readonly Service[]): readonly Service[] =>
  services.map(one => {
    const wanted = converge(one, context(ledger))
    settle(ledger, one, wanted)
    return written(one, wanted)
  })

const fresh = newcomers()
const placed = (configuration: Config): readonly Service[] => placeAll(ledgerFrom([], configuration), newcomers())

/** Nanoseconds for one allocation and its return. */
const giveAndTake = (ledger: Ledger, one: Service, times = 20_000): number =>
  (milliseconds(() => {
    for (let n = 0; n < times; n += 1) {
      settle(ledger, one, converge(one, context(ledger)))
      settle(ledger, one, { ...converge(one, context(ledger)), action: "clear" })
    }
  }) /
    times) *
  1e6

const nearlyFull = (): Ledger => {
  const ledger = ledgerFrom([], config(pool("a", ["10.0.0.0/8"])))
  const shelf = ledger.table.byName.get("a")?.shelves.IPv4
  if (shelf === undefined) throw new Error("the pool has no IPv4 shelf")
  addNumbers(shelf.taken, 0n, shelf.space.size - 3n)
  return ledger
}

/** Every second address is held, so that there are as many gaps as holders. */
const fragmented = (): Ledger => {
  const ledger = ledgerFrom([], config(pool("a", ["10.0.0.0/8"])))
  for (let n = 0; n < 50_000; n += 1) {
    const address = { family: "IPv4", value: BigInt(0x0a000000 + 2 * n) } as const
    const name = `shop/h${n}`
    setClaim(ledger, {
      service: name,
      createdAt: 0,
      allocatedAt: 0,
      ours: true,
      addresses: [address],
      sharingKey: "",
      backendKey: "",
      ports: [],
    })
  }
  return ledger
}

const node = (name: string): Node => ({
  namespace: "",
  name,
  uid: name,
  resourceVersion: "1",
  createdAt: 0,
  labels: {},
  annotations: {},
  ready: true,
  networkUnavailable: false,
  unschedulable: false,
  addresses: [],
})

const announceAll = (services: readonly Service[], configuration: Config) => () => {
  const advertisement = {
    name: "all",
    source: "resource",
    pools: new Set(configuration.pools.map(one => one.name)),
    nodeSelectors: [],
    serviceSelectors: [],
    interfaces: [],
    preferredNodeSelectors: [],
  } as const
  const verdict = { ...judge({}), config: { ...configuration, l2Advertisements: [advertisement] } }
  const endpointSlices = services.map(one => ({
    ...one,
    service: `${one.namespace}/${one.name}`,
    endpoints: [{ nodeName: "n1", canServe: true, addresses: 1 }],
  }))
  const prepared = announceContext({
    verdict,
    services,
    endpointSlices,
    nodes: ["n1", "n2", "n3", "n4"].map(node),
    speakers: "assumed",
    installNamespace: "metallb-system",
    loadBalancerClass: "",
    ignoreExcludeLB: false,
  })
  announcements(prepared, "n1", { sha256: text => createHash("sha256").update(text, "utf8").digest() })
}

const edit = (configuration: Config, services: readonly Service[]): number => {
  const ledger = ledgerFrom(services, configuration)
  const [one] = services
  if (one === undefined) throw new Error("no service to edit")
  const times = 20_000
  const spent = milliseconds(() => {
    for (let n = 0; n < times; n += 1) {
      const edited = { ...one, ports: [{ name: "", protocol: "TCP", port: n }] }
      observe(ledger, edited)
      converge(edited, context(ledger))
    }
  })
  return (spent / times) * 1e6
}

const wide = hundredPools("24")
const settledServices = placed(wide)
const sharingOf = (ports: readonly string[]) => newcomers({ annotations: { "metallb.io/allow-shared-ip": "k" }, ports })

const parts: Readonly<Record<string, Part>> = {
  burst: {
    what: "allocations a second, 10,000 new services, 100 pools of 256",
    unit: "/s",
    measure: () => count / (milliseconds(() => placeAll(ledgerFrom([], wide), fresh)) / 1000),
  },
  judge: {
    what: "100 pools and 10,000 services with addresses judged from nothing",
    unit: "ms",
    measure: () =>
      milliseconds(() => {
        const ledger = ledgerFrom(settledServices, wide)
        for (const one of passOrder(settledServices)) {
          if (converge(one, context(ledger)).write) throw new Error("a settled service was written")
        }
      }),
  },
  "edit-100": {
    what: "one edit among 100 services",
    unit: "ns",
    measure: () => edit(wide, settledServices.slice(0, 100)),
  },
  "edit-10000": { what: "one edit among 10,000 services", unit: "ns", measure: () => edit(wide, settledServices) },
  "pool-256": {
    what: "give and take back, pool of 256 IPv6 addresses",
    unit: "ns",
    measure: () => giveAndTake(ledgerFrom([], config(pool("a", ["2001:db8::/120"]))), service("shop/web", v6Only)),
  },
  "pool-2^64": {
    what: "give and take back, pool of 2^64 IPv6 addresses",
    unit: "ns",
    measure: () => giveAndTake(ledgerFrom([], config(pool("a", ["2001:db8::/64"]))), service("shop/web", v6Only)),
  },
  "nearly-full-8": {
    what: "give and take back, /8 with two addresses left",
    unit: "ns",
    measure: () => giveAndTake(nearlyFull(), service("shop/web")),
  },
  "fragmented-8": {
    what: "give and take back, /8 with 50,000 holders and as many gaps",
    unit: "ns",
    measure: () => giveAndTake(fragmented(), service("shop/web"), 2000),
  },
  "sharing-clash": {
    what: "10,000 services, one sharing key, the same port: none can share",
    unit: "ms",
    measure: () =>
      milliseconds(() => placeAll(ledgerFrom([], config(pool("a", ["10.0.0.0/16"]))), sharingOf(["TCP/80"]))),
  },
  "sharing-one": {
    what: "10,000 services, one sharing key, different ports: all on one address",
    unit: "ms",
    measure: () =>
      milliseconds(() => {
        const services = newcomers({ annotations: { "metallb.io/allow-shared-ip": "k" } }).map((one, n) => ({
          ...one,
          ports: [{ name: "", protocol: "TCP", port: n + 1 }],
        }))
        const addresses = new Set(placeAll(ledgerFrom([], config(pool("a", ["10.0.0.0/16"]))), services).map(ipOf))
        if (addresses.size !== 1) throw new Error(`sharers got ${addresses.size} addresses`)
      }),
  },
  announce: {
    what: "who announces, 10,000 services with an address, 4 nodes",
    unit: "ms",
    measure: () => milliseconds(announceAll(settledServices, wide)),
  },
}

const ipOf = (one: Service): string => one.ingress.map(({ ip }) => ip ?? "").join()
