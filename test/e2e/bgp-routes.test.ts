import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { setTimeout as pass } from "node:timers/promises"
import { startProbe } from "../client/client.ts"
import { Cluster, installNamespace } from "./cluster.ts"
import { watchKernelRoutes } from "./kernel-routes.ts"
import { BirdRouter, nodeAsn, routerAsn } from "./router.ts"
import { lostOnlyInMoves, movesOf } from "./served.ts"

let cluster: Cluster
let router: BirdRouter
/** On no network of the lab: only a route leads there. */
const vip = "10.97.8.1"
const name = "e2e-routes"

const object = (kind: string, version: string, spec: object) => ({
  apiVersion: `metallb.io/${version}`,
  kind,
  metadata: { name, namespace: installNamespace },
  spec,
})

const advertisement = (more: object) =>
  cluster.lab.apply([object("BGPAdvertisement", "v1beta1", { ipAddressPools: [name], ...more })])

const nodes = (): readonly string[] => cluster.lab.plan.nodes.map(node => node.name).sort()

const expectRoutes = (what: string, test: (told: ReadonlyMap<string, Readonly<Record<string, string>>>) => boolean) =>
  cluster.lab.waitFor(
    what,
    async () => {
      const told = await router.routes(`${vip}/32`)
      if (test(told)) return true
      throw new Error(JSON.stringify([...told]))
    },
    { timeoutMs: 20_000, everyMs: 20 },
  )

const isFromAll = (told: ReadonlyMap<string, unknown>): boolean => [...told.keys()].sort().join() === nodes().join()

type Status = {
  readonly metadata: { readonly uid: string }
  readonly status: { readonly node: string; readonly serviceName: string; readonly peers: readonly string[] }
}

const statuses = async (): Promise<readonly Status[]> => {
  const list = await cluster.lab.mustKubectl(["-n", installNamespace, "get", "servicebgpstatuses", "-o", "json"])
  return (JSON.parse(list) as { items: Status[] }).items.filter(({ status }) => status?.serviceName === "web")
}

before(async () => {
  cluster = await Cluster.ready(name)
  await cluster.classic(undefined)
  router = await BirdRouter.start(cluster.lab)
  await cluster.lab.apply([
    object("IPAddressPool", "v1beta1", { addresses: ["10.97.8.0/28"] }),
    object("BGPAdvertisement", "v1beta1", { ipAddressPools: [name] }),
    object("BGPPeer", "v1beta2", {
      myASN: nodeAsn,
      peerASN: routerAsn,
      peerAddress: cluster.lab.plan.router.ipv4,
    }),
  ])
  await cluster.expose({ name: "web", annotations: { "metallb.io/loadBalancerIPs": vip } })
  await cluster.expectAddresses("web", [vip])
  await expectRoutes("every node tells the router", isFromAll)
  // Routes are told sooner than kube-proxy knows the address.
  await cluster.expectAnswers(vip, 40)
})
after(async () => {
  // Of a drain that failed on its way.
  await cluster.lab.mustKubectl(["metallb", "undrain", nodes()[0] ?? ""])
  await cluster.remove()
  await cluster.lab.mustKubectl([
    "-n",
    installNamespace,
    "delete",
    "bgppeer,bgpadvertisement,ipaddresspool",
    name,
    "--ignore-not-found",
  ])
  await router.stop()
})

/** Asks for the address all the while; what the client lost, and when the router's kernel began to spread its packets otherwise. */
const asking = async (play: () => Promise<void>) => {
  const hops = await router.gateways(vip)
  const kernel = watchKernelRoutes(cluster.lab)
  const probe = await startProbe(cluster.lab, vip, 80, 10, 1_000)
  try {
    await pass(500)
    await play()
    await pass(500)
    const report = await probe.stop()
    return { report, moves: movesOf(kernel.changes, vip, hops) }
  } finally {
    probe.kill()
    await kernel.stop()
  }
}

const sessions = () => Promise.all(nodes().map(node => router.since(node)))

test("other communities reach the router in place of the old ones: no session ends, no path moves, no request is lost", async () => {
  const since = await sessions()
  const { report, moves } = await asking(async () => {
    await advertisement({ communities: ["64512:100", "large:64512:1:2"] })
    await expectRoutes(
      "both communities",
      told =>
        isFromAll(told) &&
        [...told.values()].every(
          ({ community, large_community }) => community === "(64512,100)" && large_community === "(64512, 1, 2)",
        ),
    )
    await advertisement({ communities: ["64512:200"] })
    await expectRoutes("the other community", told =>
      [...told.values()].every(
        ({ community, large_community }) => community === "(64512,200)" && large_community === undefined,
      ),
    )
  })
  assert.ok(report.attempts > 50, `${report.attempts} requests`)
  assert.deepEqual([report.lost, moves], [0, []], JSON.stringify(report))
  assert.deepEqual(await sessions(), since)
})

test("other attributes of the only path reach the router: no session ends, the path stays, no request is lost", async () => {
  const [node = ""] = nodes()
  const nodeSelectors = [{ matchLabels: { "kubernetes.io/hostname": node } }]
  await advertisement({ nodeSelectors })
  await expectRoutes("one node tells the router", told => [...told.keys()].join() === node)
  await cluster.expectAnswers(vip, 10)
  const since = await sessions()
  const { report, moves } = await asking(async () => {
    await advertisement({ nodeSelectors, med: 5, asPathPrepend: 2, localPref: 300 })
    await expectRoutes("all that was asked for", told => {
      const { med, as_path, local_pref } = told.get(node) ?? {}
      return told.size === 1 && med === "5" && as_path === "64512 64512 64512" && local_pref === "100"
    })
    await advertisement({ nodeSelectors })
    await expectRoutes("nothing of it any more", told => {
      const { med, as_path } = told.get(node) ?? {}
      return told.size === 1 && med === undefined && as_path === "64512"
    })
  })
  assert.ok(report.attempts > 50, `${report.attempts} requests`)
  assert.deepEqual([report.lost, moves], [0, []], JSON.stringify(report))
  assert.deepEqual(await sessions(), since)
})

test("paths that rank differently while one node after the other changes are spread anew by the router, which nothing but requests on their way can feel", async () => {
  await advertisement({})
  await expectRoutes("every node again", isFromAll)
  await cluster.expectAnswers(vip, 20)
  const { report, moves } = await asking(async () => {
    await advertisement({ med: 5, asPathPrepend: 2 })
    await expectRoutes(
      "a longer path from every node",
      told => isFromAll(told) && [...told.values()].every(({ as_path }) => as_path === "64512 64512 64512"),
    )
  })
  assert.ok(report.attempts > 50, `${report.attempts} requests`)
  // Away from a node with each change but the last, and back to all.
  assert.ok(moves.length <= 2 * nodes().length, `${moves.length} moves`)
  lostOnlyInMoves(report, moves)
})

test("with policy Local only nodes with endpoints tell the router, and how many they have", async () => {
  await advertisement({ bandwidthPerEndpoint: 100 })
  await cluster.kubectl(["patch", "service", "web", "-p", '{"spec":{"externalTrafficPolicy":"Local"}}'])
  const pods = await cluster.kubectl(["get", "pods", "-l", "app=echo", "-o", "jsonpath={.items[*].spec.nodeName}"])
  const counts = new Map<string, number>()
  for (const node of pods.split(/\s+/)) counts.set(node, (counts.get(node) ?? 0) + 1)
  const bytes = (count: number): string => {
    const view = new DataView(new ArrayBuffer(4))
    view.setFloat32(0, count * 100 * 125_000)
    return String(view.getUint32(0))
  }
  await expectRoutes(
    "as many as there are pods",
    told =>
      [...told].length === counts.size &&
      [...told].every(([node, { ext_community = "" }]) => ext_community.includes(` ${bytes(counts.get(node) ?? 0)})`)),
  )
  await cluster.kubectl(["patch", "service", "web", "-p", '{"spec":{"externalTrafficPolicy":"Cluster"}}'])
  await expectRoutes("every node again", isFromAll)
  // Until kube-proxy knows the policy as well, a node without endpoints drops what the route brings it.
  await cluster.expectAnswers(vip, 40)
})

test("each node says in a ServiceBGPStatus of its own whom it tells, and why-ip says the same", async () => {
  const before = await cluster.lab.waitFor("a status of each node", async () => {
    const found = await statuses()
    assert.deepEqual(found.map(({ status }) => status.node).sort(), nodes())
    return found
  })
  for (const { status } of before) assert.deepEqual(status.peers, [name])
  const report = JSON.parse((await cluster.plugin(["why-ip", "web", "-o", "json"])).stdout) as {
    bgp: { nodes: { node: string; verdict: string; peers: string[] }[]; routes: { route: string; nodes: string[] }[] }
  }
  assert.deepEqual(
    report.bgp.nodes.map(({ node, verdict, peers }) => `${node} ${verdict} ${peers}`),
    nodes().map(node => `${node} chosen ${name}`),
  )
  assert.deepEqual(
    report.bgp.routes.map(({ route, nodes: from }) => [route, from]),
    [[`${vip}/32`, nodes()]],
  )
  const uids = (found: readonly Status[]) => found.map(({ metadata }) => metadata.uid).sort()
  assert.deepEqual(uids(await statuses()), uids(before), "nobody removes what another node wrote")
})

test("a planned drain loses nothing but what is on its way when the router turns to other nodes: the routes are least preferred first, then withdrawn", async () => {
  const [node = ""] = nodes()
  const { report, moves } = await asking(async () => {
    // A drain that is refused says why, in place of routes that do not come.
    const [said] = await Promise.all([
      cluster.lab.mustKubectl(["metallb", "drain", node], { timeoutMs: 90_000 }),
      expectRoutes("GRACEFUL_SHUTDOWN and the lowest preference", told => {
        const { community = "", local_pref } = told.get(node) ?? {}
        return community.includes("(65535,0)") && local_pref === "0"
      }),
    ])
    assert.match(said, new RegExp(`^${node} announces nothing any longer, after `, "m"))
    assert.equal((await router.routes(`${vip}/32`)).has(node), false)
    await cluster.lab.mustKubectl(["metallb", "undrain", node])
    await expectRoutes("every node again", isFromAll)
  })
  assert.ok(report.attempts > 500, `${report.attempts} requests`)
  const { ipv4 = "" } = cluster.lab.plan.nodes.find(one => one.name === node) ?? {}
  // The withdrawal itself moves nothing any more: the router turned away from the node 15 s before, and comes back after undrain.
  assert.deepEqual(
    moves.map(({ hops }) => hops.includes(ipv4)),
    [false, true],
  )
  lostOnlyInMoves(report, moves)
})
