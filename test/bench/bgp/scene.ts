import { Cluster, installNamespace } from "../../e2e/cluster.ts"
import { everywhere, everywhereLabels } from "../everywhere.ts"
import { type LabRouter, nodesAsn, type RouterSettings, routerAsn, startRouter } from "./router.ts"

/** Outside the LAN (RFC 5737): whoever is not a node reaches it by the router's routes alone. */
export const range = "203.0.113.0/24"

export type Peering = RouterSettings & { readonly gracefulRestart: boolean }

export type Scene = { readonly cluster: Cluster; readonly router: LabRouter }

const resource = (kind: string, spec: object, version = "v1beta1") => ({
  apiVersion: `metallb.io/${version}`,
  kind,
  metadata: { name: "bench-bgp", namespace: installNamespace },
  spec,
})

/** Agents installed, a pool and an advertisement of BGP, a pod on every node; nobody to talk to yet. */
export const setCluster = async (): Promise<Cluster> => {
  const cluster = await Cluster.ready("bench-bgp")
  await cluster.classic(undefined)
  await cluster.apply(everywhere)
  await cluster.kubectl(["rollout", "status", "daemonset/everywhere", "--timeout=120s"])
  await cluster.lab.apply([
    resource("IPAddressPool", { addresses: [range] }),
    resource("BGPAdvertisement", { ipAddressPools: ["bench-bgp"] }),
  ])
  return cluster
}

export const clearCluster = async (cluster: Cluster): Promise<void> => {
  const { lab } = cluster
  const kinds = "bgpadvertisement,bgppeer,bfdprofile,ipaddresspool"
  await cluster.remove()
  await lab.mustKubectl(["-n", installNamespace, "delete", kinds, "bench-bgp", "--ignore-not-found"])
  if (lab.started) await cluster.takeDown()
}

/** A router with sessions to all nodes, as long as `play` runs. */
export const withRouter = async <T>(
  cluster: Cluster,
  peering: Peering,
  play: (scene: Scene) => Promise<T>,
): Promise<T> => {
  const { lab } = cluster
  const { holdTime, bfd, gracefulRestart } = peering
  const router = await startRouter(lab, peering)
  try {
    await lab.apply([
      ...(bfd === undefined
        ? []
        : [resource("BFDProfile", { transmitInterval: bfd, receiveInterval: bfd, detectMultiplier: 3 })]),
      resource(
        "BGPPeer",
        {
          myASN: nodesAsn,
          peerASN: routerAsn,
          peerAddress: lab.plan.router.ipv4,
          holdTime: `${holdTime}s`,
          connectTime: "1s",
          enableGracefulRestart: gracefulRestart,
          ...(bfd === undefined ? {} : { bfdProfile: "bench-bgp" }),
        },
        "v1beta2",
      ),
    ])
    await lab.waitFor(
      "the router has a session with every node",
      async () => (await router.peers()).length === lab.nodes.length,
      { timeoutMs: 60_000 },
    )
    return await play({ cluster, router })
  } finally {
    await lab.mustKubectl(["-n", installNamespace, "delete", "bgppeer,bfdprofile", "bench-bgp", "--ignore-not-found"])
    await router.stop()
  }
}

/** A service of traffic policy Local that every node announces; gives its address. */
export const expose = async ({ cluster, router }: Scene, name: string): Promise<string> => {
  const { lab } = cluster
  await cluster.expose({ name, spec: { selector: everywhereLabels, externalTrafficPolicy: "Local" } })
  const address = await lab.waitFor(`${name} has an address`, async () => (await cluster.addresses(name))[0])
  await everyNode({ cluster, router }, address)
  return address
}

/** Waits until the router has a route to the address over every node, and the client reaches it (at most 3 minutes). */
export const everyNode = async ({ cluster, router }: Scene, address: string): Promise<void> => {
  const { lab } = cluster
  await lab.waitFor(
    `the router reaches ${address} over every node`,
    async () => (await router.hops(address)).length === lab.nodes.length,
    { timeoutMs: 180_000 },
  )
  await cluster.expectAnswers(address, 10)
}
