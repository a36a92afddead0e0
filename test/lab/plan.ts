import { Failure } from "../setup/failure.ts"

/** A machine on the lab's LAN: its network namespace, and its addresses there. */
export type Host = {
  readonly name: string
  readonly namespace: string
  readonly mac: string
  readonly ipv4: string
  readonly ipv6: string
}

/** A host that runs pods, and the ranges it gives them addresses from. */
export type NodeHost = Host & { readonly pods4: string; readonly pods6: string }

/** Every name and address of one lab: derived from its name, its size and its slot, and from nothing else. */
export type Plan = {
  readonly lab: string
  readonly nodes: readonly NodeHost[]
  readonly controlPlane: Host
  readonly client: Host
  readonly router: Host
  /** Namespace that holds the bridge, which is the LAN's switch. */
  readonly lan: string
  /** Point-to-point link between the machine's own namespace and the control plane: the only address outside namespaces. */
  readonly hostLink: { readonly device: string; readonly host: string; readonly controlPlane: string }
}

export const maxNodes = 20
export const maxSlots = 64

export const lanPrefix = { ipv4: 24, ipv6: 64 } as const
export const clusterPods = { ipv4: "10.244.0.0/16", ipv6: "fd00:10:244::/48" } as const
export const services = {
  ipv4: "10.96.0.0/16",
  ipv6: "fd00:10:96::/112",
  api4: "10.96.0.1",
  api6: "fd00:10:96::1",
} as const
export const apiPort = 6443

/** The name of a lab that nobody named: "lb", or where `isTaken` says that others use it "lb2", "lb3" and so on. */
export const usualName = (isTaken: (lab: string) => boolean): string => {
  for (let number = 2, name = "lb"; number <= maxSlots; number++) {
    if (!isTaken(name)) return name
    name = `lb${number}`
  }
  throw new Failure(`${maxSlots} labs of other folders are up`, "end some where they were started")
}

/**
 * The plan of a lab. `nodeCount` 1 to 20; `slot` 0 to 63 tells labs that are up at the same time apart in the machine's own
 * namespace. Host numbers .1 to .99 and .201 to .253 of the LAN stay free for address pools.
 * Throws a Failure that names the value and what is allowed.
 */
export function planLab(lab: string, nodeCount: number, slot: number): Plan {
  if (!/^[a-z][a-z0-9]{0,5}$/.test(lab)) {
    throw new Failure(`lab name ${JSON.stringify(lab)} cannot be used`, "use 1 to 6 of a-z and 0-9, a letter first")
  }
  if (!Number.isInteger(nodeCount) || nodeCount < 1 || nodeCount > maxNodes) {
    throw new Failure(`a lab cannot have ${nodeCount} nodes`, `use a whole number from 1 to ${maxNodes}`)
  }
  if (!Number.isInteger(slot) || slot < 0 || slot >= maxSlots) {
    throw new Failure(`slot ${slot} of lab ${lab} cannot be used`, `use a whole number from 0 to ${maxSlots - 1}`)
  }
  const host = (name: string, number: number): Host => ({
    name,
    namespace: `${lab}-${name}`,
    // Pinned, because a neighbour that still holds the old MAC of a host made anew would send into the void for seconds.
    mac: `02:00:c0:a8:01:${number.toString(16).padStart(2, "0")}`,
    ipv4: `192.168.1.${number}`,
    ipv6: `fd00:192:168:1::${number}`,
  })
  const nodes = Array.from({ length: nodeCount }, (_, at) => ({
    ...host(`n${at + 1}`, 101 + at),
    pods4: `10.244.${at + 1}.0/24`,
    pods6: `fd00:10:244:${at + 1}::/64`,
  }))
  return {
    lab,
    nodes,
    controlPlane: host("cp", 100),
    client: host("client", 200),
    router: host("router", 254),
    lan: `${lab}-lan`,
    hostLink: {
      device: `${lab}-host`,
      host: `169.254.77.${4 * slot + 1}`,
      controlPlane: `169.254.77.${4 * slot + 2}`,
    },
  }
}

/** The node of that name. Throws a Failure that lists the names there are. */
export function nodeOf(plan: Plan, name: string): NodeHost {
  const node = plan.nodes.find(one => one.name === name)
  if (node) return node
  throw new Failure(
    `lab ${plan.lab} has no node ${JSON.stringify(name)}`,
    `use one of ${plan.nodes.map(one => one.name).join(", ")}`,
  )
}

/** Every host on the LAN, in the order they are plugged in. */
export function hosts(plan: Plan): readonly Host[] {
  return [plan.controlPlane, plan.client, plan.router, ...plan.nodes]
}
