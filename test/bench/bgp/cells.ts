import { cpus } from "node:os"
import { setTimeout as pass } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import { startProbe } from "../../client/client.ts"
import { installNamespace } from "../../e2e/cluster.ts"
import { nodeOf } from "../../lab/plan.ts"
import { everywhereLabels } from "../everywhere.ts"
import { watchAssigned } from "./assigned.ts"
import { everyNode, expose, type Peering, type Scene } from "./scene.ts"
import { shutDown } from "./shut-down.ts"

/** Milliseconds between two requests of the client, and after which one counts as lost. */
const everyMs = 20
const limitMs = 900

/** One measurement: `value` is the measure of the cell, in ms; `parts` what it is made of, in ms by their names. */
export type Sight = {
  readonly value: number
  readonly parts?: Readonly<Record<string, number>>
  readonly lost: number
  readonly requests: number
}

export type Cell = {
  readonly what: string
  readonly runs: number
  /** Left out unless it is named: it takes many minutes. */
  readonly onlyByName?: boolean
  readonly peering: Peering
  /** `minutes`: how long a measurement without an end of its own goes on. */
  readonly measure: (scene: Scene, run: number, minutes: number) => Promise<Sight>
}

const peering = (changes: Partial<Peering> = {}): Peering => ({
  holdTime: 90,
  bfd: undefined,
  gracefulRestart: false,
  ...changes,
})

/**
 * From the moment that a watcher of the API sees the address to the route over a node in the router's kernel. FRR collects what it hears
 * for 50 ms before it chooses routes, and its zebra for 10 ms more before it gives them to the kernel, whoever told it: hence the parts.
 */
const routeAfterAddress = async ({ cluster, router }: Scene, run: number): Promise<Sight> => {
  const name = `route-${run}`
  const { lab } = cluster
  const assigned = await watchAssigned(lab, cluster.namespace)
  try {
    const seen = router.changes.length
    const began = performance.now()
    await cluster.expose({ name, spec: { selector: everywhereLabels, externalTrafficPolicy: "Local" } })
    const at = await lab.waitFor(`${name} has an address`, () => assigned.at.get(name))
    const ready = await lab.waitFor(`${name} has an endpoint`, () => assigned.ready.get(name))
    const [address = ""] = await cluster.addresses(name)
    const route = await lab.waitFor(`a route to ${address}`, () =>
      router.changes.slice(seen).find(({ prefix, hops }) => prefix === address && hops.length > 0),
    )
    const heard = await lab.waitFor(`the UPDATE about ${address}`, () => router.heard(address, began))
    const parts = {
      "until an endpoint is ready": Math.max(0, ready - at),
      "until FRR read the UPDATE": heard - at,
      "the same, once an endpoint is ready": heard - Math.max(at, ready),
      "from there to FRR's kernel": route.at - heard,
    }
    return { value: route.at - at, parts, lost: 0, requests: 0 }
  } finally {
    assigned.stop()
    await cluster.kubectl(["delete", "service", name])
  }
}

/** A client fetches all the time while something happens to a node; `hit` gives the moment it did, and the node. The value is the time until its hop is gone; without a node, what `hit` took. */
const watched = async (
  scene: Scene,
  name: string,
  hit: (address: string) => Promise<{ readonly at: number; readonly node: string | undefined }>,
  heal: (node: string | undefined) => Promise<void>,
): Promise<Sight> => {
  const { cluster, router } = scene
  const { lab } = cluster
  const address = await expose(scene, name)
  const probe = await startProbe(lab, address, 80, everyMs, limitMs)
  try {
    await pass(1000)
    const seen = router.changes.length
    const { at, node } = await hit(address)
    const hop = node === undefined ? undefined : nodeOf(lab.plan, node).ipv4
    const without = await lab.waitFor(
      `no route to ${address} over ${node}`,
      () =>
        hop === undefined
          ? { at: performance.now() }
          : router.changes.slice(seen).find(({ prefix, hops }) => prefix === address && !hops.includes(hop)),
      { timeoutMs: 200_000 },
    )
    await cluster.expectAnswers(address, 10, 60_000)
    await pass(1000)
    const { lost, attempts } = await probe.stop()
    const report = { value: without.at - at, lost, requests: attempts }
    await heal(node)
    await everyNode(scene, address)
    return report
  } finally {
    probe.kill()
    await cluster.kubectl(["delete", "service", name])
  }
}

/** Not the first node, which is the control plane's. */
const victim = ({ cluster }: Scene, run: number): string => {
  const { nodes } = cluster.lab
  return nodes[1 + (run % (nodes.length - 1))] ?? ""
}

const powerOff = (scene: Scene, run: number): Promise<Sight> => {
  const node = victim(scene, run)
  const { lab } = scene.cluster
  const hit = async () => ({ at: await lab.powerOff(node), node })
  return watched(scene, "power-off", hit, () => lab.boot(node))
}

/** FRR collects withdrawn routes as it does new ones: hence the parts. */
const shutdown = async (scene: Scene, run: number, told: "everybody" | "the speaker"): Promise<Sight> => {
  const node = victim(scene, run)
  const { lab } = scene.cluster
  let began = 0
  const sight = await watched(
    scene,
    "shutdown",
    async () => {
      began = await shutDown(lab, node, told)
      return { at: began, node }
    },
    () => lab.boot(node),
  )
  const read = scene.router.notified(nodeOf(lab.plan, node).ipv4, began)
  if (read === undefined) throw new Error(`FRR read no NOTIFICATION of ${node}`)
  const parts = {
    "until FRR read the NOTIFICATION": read - began,
    "from there to FRR's kernel": sight.value + began - read,
  }
  return { ...sight, parts }
}

/** Keeps every core busy from within this process while `play` runs. */
const underLoad = async <T>(play: () => Promise<T>): Promise<T> => {
  const workers = cpus().map(() => new Worker("for (;;);", { eval: true }))
  try {
    return await play()
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

/** Every speaker is restarted, one after the other. */
const rollout = (scene: Scene): Promise<Sight> => {
  const { lab } = scene.cluster
  const hit = async () => {
    const at = performance.now()
    await lab.mustKubectl(["-n", installNamespace, "rollout", "restart", "daemonset/speaker"])
    await lab.mustKubectl(["-n", installNamespace, "rollout", "status", "daemonset/speaker", "--timeout=300s"])
    return { at, node: undefined }
  }
  return watched(scene, "rollout", hit, async () => undefined)
}

const drain = (scene: Scene, run: number): Promise<Sight> => {
  const node = victim(scene, run)
  const { lab } = scene.cluster
  const hit = async () => {
    const at = performance.now()
    await lab.mustKubectl(["metallb", "drain", node, "--yes"])
    return { at, node }
  }
  return watched(scene, "drain", hit, async () => {
    await lab.mustKubectl(["metallb", "undrain", node, "--yes"])
  })
}

/** How often a route lost a hop in these minutes, in which every core was busy and nothing happened. */
const falseAlarms = (scene: Scene, minutes: number): Promise<Sight> =>
  underLoad(async () => {
    const address = await expose(scene, "quiet")
    const seen = scene.router.changes.length
    await pass(minutes * 60_000)
    const { nodes } = scene.cluster.lab
    const lost = scene.router.changes
      .slice(seen)
      .filter(one => one.prefix === address && one.hops.length < nodes.length)
    await scene.cluster.kubectl(["delete", "service", "quiet"])
    return { value: lost.length, lost: lost.length, requests: 0 }
  })

export const cells: Readonly<Record<string, Cell>> = {
  route: { what: "address assigned -> route in the router", runs: 30, peering: peering(), measure: routeAfterAddress },
  "power-off-hold-3": {
    what: "node powered off, hold time 3 s -> its hop gone at the router",
    runs: 5,
    peering: peering({ holdTime: 3 }),
    measure: powerOff,
  },
  "power-off-hold-90": {
    what: "node powered off, hold time 90 s -> its hop gone at the router",
    runs: 2,
    onlyByName: true,
    peering: peering(),
    measure: powerOff,
  },
  "power-off-bfd-100": {
    what: "node powered off, BFD 100 ms x 3 -> its hop gone at the router",
    runs: 10,
    peering: peering({ bfd: 100 }),
    measure: powerOff,
  },
  "power-off-bfd-50": {
    what: "node powered off, BFD 50 ms x 3, every core busy -> its hop gone at the router",
    runs: 10,
    peering: peering({ bfd: 50 }),
    measure: (scene, run) => underLoad(() => powerOff(scene, run)),
  },
  "bfd-50-quiet": {
    what: "hops lost without a cause in --minutes (default 10), BFD 50 ms x 3, every core busy (a number, not ms)",
    runs: 1,
    onlyByName: true,
    peering: peering({ bfd: 50 }),
    measure: (scene, _run, minutes) => falseAlarms(scene, minutes),
  },
  restart: {
    what: "all speakers restarted one by one, graceful restart",
    runs: 3,
    peering: peering({ gracefulRestart: true }),
    measure: rollout,
  },
  "restart-bfd": {
    what: "the same with BFD 300 ms x 3",
    runs: 3,
    peering: peering({ gracefulRestart: true, bfd: 300 }),
    measure: rollout,
  },
  shutdown: {
    what: "node shut down, graceful restart -> its hop gone at the router",
    runs: 5,
    peering: peering({ gracefulRestart: true }),
    measure: (scene, run) => shutdown(scene, run, "everybody"),
  },
  "shutdown-speaker": {
    what: "the same, while the node's other pods go on until its power goes",
    runs: 5,
    peering: peering({ gracefulRestart: true }),
    measure: (scene, run) => shutdown(scene, run, "the speaker"),
  },
  drain: { what: "kubectl metallb drain -> its hop gone at the router", runs: 5, peering: peering(), measure: drain },
}
