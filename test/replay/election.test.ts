import { join } from "node:path"
import { announcements } from "../../agent/core/announce/announcements.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import type { Endpoint, Node, Service, SpeakerPod } from "../../agent/core/model.ts"
import { service } from "../unit/allocate/fixtures.ts"
import { crypto, endpoint, node, slice, speaker, world } from "../unit/announce/fixtures.ts"
import { type Machine, replayFolder } from "./replay.ts"

/** What changed in the cluster; null is gone. */
type Recorded = {
  readonly node?: Readonly<Record<string, { readonly ready: Node["ready"] } | null>>
  readonly speaker?: Readonly<Record<string, { readonly ready: boolean } | null>>
  readonly service?: Readonly<Record<string, { readonly ips: readonly string[]; readonly local?: boolean } | null>>
  /** Service -> nodes with an endpoint that can serve. */
  readonly endpoints?: Readonly<Record<string, readonly string[]>>
}

const change = <T, C>(
  map: Map<string, T>,
  changes: Readonly<Record<string, C | null>>,
  make: (name: string, to: C) => T,
) => {
  for (const [name, to] of Object.entries(changes)) {
    if (to === null) map.delete(name)
    else map.set(name, make(name, to))
  }
}

/** All speakers of a small cluster; an effect is an address that changed hands. */
replayFolder(join(import.meta.dirname, "election"), (): Machine => {
  const nodes = new Map<string, Node>()
  const speakers = new Map<string, SpeakerPod>()
  const services = new Map<string, Service>()
  const endpoints = new Map<string, readonly Endpoint[]>()
  let before = new Map<string, string>()
  return event => {
    const recorded = event as Recorded
    change(nodes, recorded.node ?? {}, (name, to) => node(name, to))
    change(speakers, recorded.speaker ?? {}, (name, to) => speaker(name, to))
    change(services, recorded.service ?? {}, (name, { ips, local }) =>
      service(name, { ips, from: "a", externalTrafficPolicy: local === true ? "Local" : "Cluster" }),
    )
    change(endpoints, recorded.endpoints ?? {}, (_, to: readonly string[]) => to.map(name => endpoint(name)))
    const list = [...services.values()]
    const context = world(list, {
      nodes: [...nodes.values()],
      speakers: [...speakers.values()],
      endpointSlices: list.map(one => slice(one, ...(endpoints.get(`${one.namespace}/${one.name}`) ?? []))),
    })
    const now = new Map<string, string>()
    for (const name of nodes.keys()) {
      for (const { address } of announcements(context, name, crypto).owned) now.set(formatAddress(address), name)
    }
    const touched = [...new Set([...before.keys(), ...now.keys()])].sort()
    const moved = touched.filter(address => before.get(address) !== now.get(address))
    const effects = moved.map(address => ({ address, from: before.get(address) ?? null, to: now.get(address) ?? null }))
    before = now
    return effects
  }
})
