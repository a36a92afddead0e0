import { join } from "node:path"
import type { Snapshot } from "../../../agent/core/snapshot.ts"
import { root } from "../../run/places.ts"
import { bgpAd, peer } from "../config/fixtures.ts"
import { FakeWorld, noon } from "./fake-world.ts"
import { cluster, node, pool, service } from "./fixtures.ts"
import { liveCluster, putService } from "./live.ts"

export const golden = (name: string) => join(root, "test/golden/plugin", name)

/** A world in which the saved cluster can be read. */
export const saved = (snapshot: Snapshot): FakeWorld => {
  const world = new FakeWorld()
  world.files.set("cluster.json", JSON.stringify(snapshot))
  return world
}

export const full = (): Snapshot =>
  cluster({
    services: [
      service("shop/api", "203.0.113.16"),
      service("shop/db", "203.0.113.17"),
      service("shop/old", "203.0.113.18"),
      service("shop/web", undefined, { createdAt: noon - 252_000 }),
    ],
    pools: [
      pool("lab", ["198.51.100.1-198.51.100.31"], {
        serviceAllocation: { priority: 0, namespaces: ["test"], namespaceSelectors: [], serviceSelectors: [] },
      }),
      pool("public", ["203.0.113.16-203.0.113.18"]),
      pool("v6", ["2001:db8:12::/120"], { autoAssign: false }),
    ],
  })

/** No layer 2: nodes a to c tell two routers, node-c is excluded from load balancers. */
export const routed = () =>
  cluster({
    l2Advertisements: [],
    nodes: [
      node("node-a", "203.0.113.1"),
      node("node-b", "203.0.113.2"),
      { ...node("node-c", "203.0.113.3"), labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } },
    ],
    bgpPeers: [peer("east", { peerAddress: "192.0.2.1" }), peer("six", { peerAddress: "2001:db8::1" })],
    bgpAdvertisements: [bgpAd("all", { communities: ["64512:100"], localPref: 200, med: 5 })],
  })

/** A live cluster as the API server shows it: three nodes, agents, pool public, service shop/web with an address. */
export const live = (): FakeWorld => {
  const world = liveCluster("203.0.113.16-203.0.113.18")
  putService(world.api, { name: "web", ip: "203.0.113.17" })
  return world
}
