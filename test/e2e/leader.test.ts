import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"

let cluster: Cluster
const pool = "e2e-leader"

before(async () => {
  cluster = await Cluster.ready("e2e-leader")
  await cluster.classic(undefined)
  // No advertisement: only addresses matter here, and some hundred of them would be announced.
  await cluster.lab.apply({
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name: pool, namespace: installNamespace },
    spec: { addresses: ["10.78.0.0/24"] },
  })
  await scale(2)
})
after(async () => {
  await scale(1)
  await cluster.remove()
  await cluster.removePool(pool)
})

const scale = async (replicas: number) => {
  await cluster.lab.mustKubectl(["-n", installNamespace, "scale", "deployment/controller", `--replicas=${replicas}`])
  await cluster.lab.waitFor(
    `${replicas} controllers are ready and no other is left`,
    async () => {
      const pods = await controllers()
      const ready = pods.filter(pod => pod.ready)
      if (ready.length === replicas && pods.length === replicas) return true
      throw new Error(pods.map(({ name, ready }) => `${name} ${ready ? "ready" : "not ready"}`).join(", "))
    },
    { timeoutMs: 60_000 },
  )
}

type Controller = { readonly name: string; readonly uid: string; readonly node: string; readonly ready: boolean }

const controllers = async (): Promise<readonly Controller[]> => {
  const list = (await cluster.lab.get("-n", installNamespace, "pods", "-l", "app=metallb,component=controller")) as {
    items: {
      metadata: { name: string; uid: string }
      spec: { nodeName: string }
      status: { conditions?: { type: string; status: string }[] }
    }[]
  }
  return list.items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName,
    ready: status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true,
  }))
}

const holder = async (): Promise<string> => {
  const lease = (await cluster.lab.get("-n", installNamespace, "lease", "metallb-controller")) as {
    spec: { holderIdentity?: string }
  }
  return lease.spec.holderIdentity ?? ""
}

/** The pod that holds the Lease, once one of the pods that exist does. */
const leader = (): Promise<Controller> =>
  cluster.lab.waitFor(
    "one of the controllers holds the Lease",
    async () => {
      const [pods, who] = await Promise.all([controllers(), holder()])
      const found = pods.find(({ name, uid }) => `${name}_${uid}` === who)
      if (found === undefined) throw new Error(`the holder is "${who}"`)
      return found
    },
    { timeoutMs: 30_000 },
  )

const services = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `s${from + i}`, namespace: cluster.namespace },
    spec: {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      selector: { app: "echo" },
      ports: [{ port: 80, targetPort: 8080 }],
    },
  }))

/** Address of each service of the burst that has one. */
const addresses = async (): Promise<ReadonlyMap<string, string>> => {
  const list = (await cluster.lab.get("-n", cluster.namespace, "services")) as {
    items: { metadata: { name: string }; status: { loadBalancer: { ingress?: { ip: string }[] } } }[]
  }
  return new Map(
    list.items.flatMap(({ metadata, status }) => {
      const ip = status.loadBalancer.ingress?.[0]?.ip
      return ip === undefined ? [] : [[metadata.name, ip] as const]
    }),
  )
}

const expectAll = async (count: number, timeoutMs: number): Promise<ReadonlyMap<string, string>> =>
  cluster.lab.waitFor(
    `${count} services have ${count} different addresses`,
    async () => {
      const now = await addresses()
      const different = new Set(now.values()).size
      if (now.size === count && different === count) return now
      throw new Error(`${now.size} have one, ${different} different`)
    },
    { timeoutMs, everyMs: 500 },
  )

const started = (atLeast: number) =>
  cluster.lab.waitFor(
    `${atLeast} services have addresses`,
    async () => {
      const { size } = await addresses()
      if (size >= atLeast) return true
      throw new Error(`${size} have`)
    },
    { timeoutMs: 60_000, everyMs: 100 },
  )

/** Sends a signal to the program of a pod. */
const signal = async ({ name, node }: Controller, which: "SIGSTOP" | "SIGCONT") => {
  const where = "jsonpath={.status.containerStatuses[0].containerID}"
  const id = await cluster.lab.mustKubectl(["-n", installNamespace, "get", "pod", name, "-o", where])
  const kill = ["ctr", "-n", "k8s.io", "tasks", "kill", "-s", which, id.trim().replace("containerd://", "")]
  const { code, stderr } = await cluster.lab.exec(node, kill)
  assert.equal(code, 0, stderr)
}

test("two controllers are ready on two nodes, and one of them holds the Lease", async () => {
  const pods = await controllers()
  assert.equal(new Set(pods.map(({ node }) => node)).size, 2)
  assert.ok(pods.some(({ name }) => name.length > 0))
  await leader()
})

test("a leader that is deleted in mid-burst gives the Lease back, and nobody gets an address twice", async () => {
  const first = await leader()
  const applied = cluster.lab.apply(services(0, 60))
  await started(5)
  const began = Date.now()
  await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "pod", first.name, "--wait=false"])
  const next = await cluster.lab.waitFor(
    "another holds the Lease",
    async () => {
      const now = await leader()
      if (now.uid !== first.uid) return now
      throw new Error("still the same")
    },
    { timeoutMs: 10_000, everyMs: 100 },
  )
  const took = Date.now() - began
  assert.ok(took < 6_000, `taken over after ${took} ms: a stop takes up to 2 s, a look comes every 2 s`)
  assert.notEqual(next.uid, first.uid)
  await applied
  await expectAll(60, 30_000)
})

test("a leader that is stopped by SIGSTOP in mid-burst and goes on after another took over takes nobody's address", async () => {
  await scale(2)
  const stopped = await leader()
  const before = await expectAll(60, 30_000)
  const applied = cluster.lab.apply(services(60, 120))
  await started(70)
  await signal(stopped, "SIGSTOP")
  try {
    await applied
    // The Lease runs out 15 s after its last renewal was seen.
    await cluster.lab.waitFor(
      "the standby holds the Lease",
      async () => {
        if ((await leader()).uid !== stopped.uid) return true
        throw new Error("still the stopped one")
      },
      { timeoutMs: 25_000 },
    )
    await expectAll(180, 30_000)
  } finally {
    await signal(stopped, "SIGCONT")
  }
  // The old leader finds the Lease taken and stands by; what it still had in mind is not written, or is mended.
  await cluster.lab.waitFor(
    "the old leader says that it follows",
    async () => {
      const log = await cluster.lab.mustKubectl(["-n", installNamespace, "logs", stopped.name, "--tail=50"])
      if (log.includes("another controller took the Lease")) return true
      throw new Error(log.split("\n").at(-2) ?? "")
    },
    { timeoutMs: 15_000 },
  )
  const all = await expectAll(180, 15_000)
  for (const [name, address] of before) assert.equal(all.get(name), address, `${name} kept its address`)
  assert.notEqual((await leader()).uid, stopped.uid)
})

test("an address that is written to a second service stays with the first, and the second gets another", async () => {
  const before = await addresses()
  const [first, second] = [...before.keys()].sort()
  assert.ok(first !== undefined && second !== undefined)
  const contested = before.get(second) ?? ""
  // The older of the two is written to later, as by a leader that was held up.
  const ingress = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: contested }] } } })
  await cluster.kubectl(["patch", "service", first, "--subresource=status", "--type=merge", "-p", ingress])
  const mended = await cluster.lab.waitFor(
    "the duplicate is mended",
    async () => {
      const now = await addresses()
      if (now.get(first) !== contested && new Set(now.values()).size === before.size) return now
      throw new Error(`${first} has ${now.get(first)}`)
    },
    { timeoutMs: 15_000 },
  )
  assert.equal(mended.get(second), contested)
  assert.match(
    await cluster.waitForEvent(first, "ClearAssignment"),
    /belongs to .*, which was given it before \[ML126\]/,
  )
})

test("a controller whose container crashes takes its own Lease back at once", async () => {
  await scale(1)
  const only = await leader()
  await cluster.crash(only.name)
  await cluster.apply({ ...services(900, 1)[0], metadata: { name: "after-crash" } })
  await cluster.lab.waitFor(
    "a service has an address",
    async () => {
      if ((await addresses()).has("after-crash")) return true
      throw new Error("not yet")
    },
    { timeoutMs: 10_000, everyMs: 200 },
  )
  assert.equal(await holder(), `${only.name}_${only.uid}`)
})

const states = async () => {
  const list = (await cluster.lab.get("-n", installNamespace, "configurationstates")) as {
    items: { metadata: { name: string; ownerReferences?: { kind: string }[] }; status?: { result?: string } }[]
  }
  return new Map(list.items.map(({ metadata, status }) => [metadata.name, { ...metadata, result: status?.result }]))
}

test("every agent has a ConfigurationState that says Valid and goes with its pod, and writes it again after a deletion", async () => {
  const expected = ["controller", ...cluster.lab.nodes.map(node => `speaker-${node}`)].sort()
  const all = (what: string) =>
    cluster.lab.waitFor(
      what,
      async () => {
        const now = await states()
        const valid = [...now].filter(([, { result }]) => result === "Valid").map(([name]) => name)
        if (valid.sort().join() === expected.join()) return now
        throw new Error([...now].map(([name, { result }]) => `${name} ${result}`).join(", "))
      },
      { timeoutMs: 20_000 },
    )
  const now = await all("all states are Valid")
  for (const { ownerReferences } of now.values()) assert.equal(ownerReferences?.[0]?.kind, "Pod")
  await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "configurationstates", "--all"])
  await all("all states are there again")
})

test("metrics are read over HTTPS with a token that may, and by nobody else", async () => {
  const metrics = (node: string, token?: string) =>
    cluster.lab.exec(node, [
      "bash",
      "-c",
      `curl -sk -w 'status %{http_code}' ${token === undefined ? "" : `-H 'Authorization: Bearer ${token}'`} https://127.0.0.1:9120/metrics`,
    ])
  const [node = ""] = cluster.lab.nodes
  await cluster.kubectl(["create", "serviceaccount", "prometheus"])
  await cluster.kubectl(["create", "serviceaccount", "nobody"])
  const token = async (name: string) => (await cluster.kubectl(["create", "token", name])).trim()
  await cluster.lab.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "e2e-leader-metrics" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "metallb-system:metrics-reader" },
    subjects: [{ kind: "ServiceAccount", name: "prometheus", namespace: cluster.namespace }],
  })
  try {
    const allowed = await metrics(node, await token("prometheus"))
    assert.match(allowed.stdout, /^# HELP[\s\S]*status 200$/)
    assert.match(allowed.stdout, /^metallb_k8s_client_config_loaded_bool 1$/m)
    assert.match((await metrics(node, await token("nobody"))).stdout, /status 403$/)
    assert.match((await metrics(node)).stdout, /status 401$/)
  } finally {
    await cluster.lab.mustKubectl(["delete", "clusterrolebinding", "e2e-leader-metrics"])
  }
})
