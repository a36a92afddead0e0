import { oldPoolRecord, poolRecord } from "../../../agent/core/allocate/annotations.ts"
import { converge } from "../../../agent/core/allocate/converge.ts"
import type { Convergence } from "../../../agent/core/allocate/convergence.ts"
import { poolDoubtOf } from "../../../agent/core/allocate/doubt.ts"
import { type Ledger, ledgerFrom, observe } from "../../../agent/core/allocate/ledger.ts"
import { settle } from "../../../agent/core/allocate/settle.ts"
import { noBgp } from "../../../agent/core/config/bgp/model.ts"
import type { Config, ConfigVerdict, L2Advertisement, Pool, PoolRestriction } from "../../../agent/core/config/model.ts"
import type { Address, AddressRange } from "../../../agent/core/ip/address.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { parseRange } from "../../../agent/core/ip/range.ts"
import type { Service, ServicePort } from "../../../agent/core/model.ts"

export const range = (text: string): AddressRange => {
  const parsed = parseRange(text)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.range
}

export const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`${text} is no address`)
  return parsed
}

/** A pool from texts such as "192.168.1.11-192.168.1.13". */
export const pool = (name: string, ranges: readonly string[], more: Partial<Pool> = {}): Pool => ({
  name,
  source: "resource",
  written: ranges,
  ranges: ranges.map(range),
  autoAssign: true,
  avoidBuggyIPs: false,
  restriction: undefined,
  ...more,
})

export const restriction = (more: Partial<PoolRestriction> = {}): PoolRestriction => ({
  priority: 0,
  namespaces: undefined,
  serviceSelectors: [],
  ...more,
})

export const config = (...pools: readonly Pool[]): Config => ({
  pools,
  l2Advertisements: [] as L2Advertisement[],
  bgp: noBgp,
})

type Extra = Partial<Omit<Service, "ports" | "ingress">> & {
  readonly ports?: readonly (string | ServicePort)[]
  readonly ips?: readonly string[]
  /** Pool recorded by an earlier allocation. */
  readonly from?: string
}

/** A LoadBalancer service "namespace/name"; ports as "TCP/80", addresses that it has as `ips`. */
export const service = (key: string, { ports = ["TCP/80"], ips = [], from, ...more }: Extra = {}): Service => {
  const [namespace = "", name = ""] = key.split("/")
  return {
    namespace,
    name,
    uid: `uid-${key}`,
    resourceVersion: "1",
    createdAt: 0,
    labels: {},
    type: "LoadBalancer",
    loadBalancerClass: undefined,
    clusterIPs: ["10.96.0.10"],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    loadBalancerIP: "",
    externalTrafficPolicy: "Cluster",
    selector: { app: name },
    deleting: false,
    ...more,
    annotations: { ...(from === undefined ? {} : { [poolRecord]: from }), ...more.annotations },
    ports: ports.map(port => (typeof port === "string" ? portOf(port) : port)),
    ingress: ips.map(ip => ({ ip })),
  }
}

const portOf = (text: string): ServicePort => {
  const [protocol = "", port = ""] = text.split("/")
  return { name: "", protocol, port: Number(port) }
}

export const dualStack = {
  clusterIPs: ["10.96.0.10", "fd00:96::10"],
  ipFamilies: ["IPv4", "IPv6"],
  ipFamilyPolicy: "PreferDualStack",
} as const

export const v6Only = { clusterIPs: ["fd00:96::10"], ipFamilies: ["IPv6"] } as const

/** The service as the API shows it once a convergence was written. */
export const written = (before: Service, { write, ingress, pool: recorded }: Convergence): Service => {
  if (!write) return before
  const { [poolRecord]: _, [oldPoolRecord]: __, ...annotations } = before.annotations
  return {
    ...before,
    ingress: ingress.map(ip => ({ ip })),
    annotations: recorded === undefined ? annotations : { ...annotations, [poolRecord]: recorded },
  }
}

export type Settings = {
  /** What the verdict says where there is one. */
  readonly doubt?: string | undefined
  readonly verdict?: ConfigVerdict
  readonly ready?: boolean
  readonly loadBalancerClass?: string
}

/** A controller without a cluster: services by key, judged and written one after the other. */
export class Controller {
  readonly services = new Map<string, Service>()
  readonly ledger: Ledger
  settings: Settings

  constructor(configuration: Config, services: readonly Service[] = [], settings: Settings = {}) {
    this.settings = settings
    this.ledger = ledgerFrom(services, configuration, settings.loadBalancerClass)
    for (const one of services) this.services.set(`${one.namespace}/${one.name}`, one)
  }

  /** Takes in a new version of a service, judges it and writes. */
  apply(one: Service): Convergence {
    const key = `${one.namespace}/${one.name}`
    observe(this.ledger, one, this.settings.loadBalancerClass)
    const wanted = this.judge(one)
    settle(this.ledger, one, wanted)
    const after = written(one, wanted)
    observe(this.ledger, after, this.settings.loadBalancerClass)
    this.services.set(key, after)
    return wanted
  }

  /** Judges a service again as it stands. */
  again(key: string): Convergence {
    return this.apply(this.get(key))
  }

  get(key: string): Service {
    const found = this.services.get(key)
    if (found === undefined) throw new Error(`no service ${key}`)
    return found
  }

  ips(key: string): readonly string[] {
    return this.get(key).ingress.flatMap(({ ip }) => ip ?? [])
  }

  private judge(one: Service): Convergence {
    const { verdict, ready = true, loadBalancerClass = "" } = this.settings
    const { doubt = verdict && poolDoubtOf(verdict) } = this.settings
    return converge(one, { ledger: this.ledger, loadBalancerClass, ready, doubt, verdict })
  }
}
