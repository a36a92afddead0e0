import type { Snapshot } from "../../../agent/core/snapshot.ts"
import { whyAddress } from "../../../agent/core/why/address.ts"
import type { AddressReport, WhyReport } from "../../../agent/core/why/report.ts"
import { whyService } from "../../../agent/core/why/service.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { crypto, endpoint, node, slice, speaker } from "../announce/fixtures.ts"
import { installNamespace, l2, namespace } from "../config/fixtures.ts"

/** Three ready nodes with speakers, every pool advertised, an endpoint of every service on each node. */
export const snapshot = (more: Partial<Snapshot> = {}): Snapshot => {
  const nodes = more.nodes ?? ["n1", "n2", "n3"].map(name => node(name))
  return {
    schema: 1,
    readAt: 1_000_000,
    installNamespace,
    loadBalancerClass: "",
    services: [],
    endpointSlices: (more.services ?? []).map(one => slice(one, ...nodes.map(({ name }) => endpoint(name)))),
    nodes,
    namespaces: [namespace("shop"), namespace("lab")],
    pools: [],
    l2Advertisements: [l2("all")],
    legacyConfig: undefined,
    speakers: nodes.map(({ name }) => speaker(name)),
    unread: [],
    ...more,
  }
}

export const tools = { parseYaml, crypto }

export const why = (key: string, more: Partial<Snapshot>): WhyReport => whyService(snapshot(more), key, tools)
export const whoHas = (address: string, more: Partial<Snapshot>): AddressReport =>
  whyAddress(snapshot(more), address, tools)
