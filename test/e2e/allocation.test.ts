import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { seenDuring } from "./address-watch.ts"
import { expectCounters, expectRefusal, quietPool } from "./allocating.ts"
import { Cluster } from "./cluster.ts"

let cluster: Cluster
const other = "e2e-allocation-two"
const pools = ["e2e-al-a", "e2e-al-b", "e2e-al-c"] as const
const [a, b, c] = pools
/** Outside every network of the lab: given and not reached, for rules that are about the giving alone. */
const far = (last: number): string => `10.98.7.${last}`

before(async () => {
  cluster = await Cluster.ready("e2e-allocation")
  await cluster.classic(undefined)
  await cluster.lab.mustKubectl(["delete", "namespace", other, "--ignore-not-found", "--wait=true", "--timeout=120s"])
  await cluster.lab.mustKubectl(["create", "namespace", other])
})
after(async () => {
  await cluster.remove()
  await cluster.lab.mustKubectl(["delete", "namespace", other, "--ignore-not-found", "--wait=true", "--timeout=120s"])
  for (const pool of pools) await cluster.removePool(pool)
})

/** Each test begins without services and pools of the one before. */
const swept = async (): Promise<void> => {
  await Promise.all([
    ...[cluster.namespace, other].map(namespace =>
      cluster.lab.mustKubectl(["-n", namespace, "delete", "services", "--all", "--wait=true"]),
    ),
    ...pools.map(pool => cluster.removePool(pool)),
  ])
}

const remove = (service: string): Promise<string> => cluster.kubectl(["delete", "service", service, "--wait=true"])

const onPort = (port: number) => ({ ports: [{ port, targetPort: 8080 }] })

const fromOutside = async (url: string): Promise<number> =>
  (await cluster.lab.client(["curl", "--silent", "--max-time", "1", "--output", "/dev/null", url])).code

test("services of one key share an address while their ports differ, across namespaces, and count once; a taken port and another key are refused", async () => {
  await swept()
  const shared = "192.168.1.211"
  await cluster.pool(a, [`${shared}-192.168.1.212`])
  const key = { "metallb.io/allow-shared-ip": "one", "metallb.io/loadBalancerIPs": shared }
  await cluster.expose({ name: "first", annotations: key })
  await cluster.expose({ name: "second", annotations: key, spec: onPort(81) })
  for (const name of ["first", "second"]) await cluster.expectAddresses(name, [shared])
  await cluster.lab.mustKubectl(["-n", other, "create", "service", "loadbalancer", "third", "--tcp=82:8080"])
  const annotations = Object.entries(key).map(([name, value]) => `${name}=${value}`)
  await cluster.lab.mustKubectl(["-n", other, "annotate", "service", "third", ...annotations])
  await cluster.lab.waitFor(
    "the service of the other namespace shares it",
    async () =>
      (await cluster.lab.mustKubectl([
        "-n",
        other,
        "get",
        "service",
        "third",
        "-o",
        "jsonpath={.status.loadBalancer.ingress[*].ip}",
      ])) === shared,
    { timeoutMs: 15_000 },
  )
  await expectCounters(cluster, a, 1, 1)
  for (const port of [80, 81])
    await cluster.lab.waitFor(
      `port ${port} answers`,
      async () => (await fromOutside(`http://${shared}:${port}/`)) === 0,
      {
        timeoutMs: 15_000,
      },
    )
  assert.equal((await cluster.macsOf(shared)).size, 1)

  await cluster.expose({ name: "same-port", annotations: key })
  await expectRefusal(cluster, "same-port", /ML114/)
  await cluster.expose({ name: "no-key", annotations: { "metallb.io/loadBalancerIPs": shared }, spec: onPort(83) })
  await expectRefusal(cluster, "no-key", /ML11[12]/)
  const theirs = { ...key, "metallb.io/allow-shared-ip": "another" }
  await cluster.expose({ name: "other-key", annotations: theirs, spec: onPort(84) })
  await expectRefusal(cluster, "other-key", /ML112/)
  await remove("first")
  await cluster.expectAddresses("same-port", [shared])
  await cluster.expectAddresses("second", [shared])
})

test("a pool in drain keeps what is held announced, gives nothing new, and serves whoever waits once it is in use again", async () => {
  await swept()
  await cluster.pool(a, ["192.168.1.213-192.168.1.214"])
  await cluster.expose({ name: "held" })
  await cluster.expectAddresses("held", ["192.168.1.213"])
  await cluster.lab.mustKubectl(["metallb", "pools", "drain", a])
  assert.match(await cluster.lab.mustKubectl(["metallb", "pools"]), new RegExp(`^${a} .*draining`, "m"))
  await cluster.expose({ name: "late" })
  await cluster.waitForEvent("late", "AllocationFailed")
  await cluster.expose({ name: "by-name", annotations: { "metallb.io/loadBalancerIPs": "192.168.1.214" } })
  await cluster.waitForEvent("by-name", "AllocationFailed")
  await cluster.expectAnswers("192.168.1.213")
  for (const name of ["late", "by-name"]) assert.deepEqual(await cluster.addresses(name), [])
  await remove("by-name")
  await cluster.lab.mustKubectl(["metallb", "pools", "undrain", a])
  await cluster.expectAddresses("late", ["192.168.1.214"])
  await cluster.expectAddresses("held", ["192.168.1.213"])
})

test("least recently used: an address given back cools for its time, whoever waits gets it then, and random gives a service made again its own", async () => {
  await swept()
  const seconds = 5
  const [one, two] = [far(11), far(12)]
  await quietPool(cluster, a, [`${one}-${two}`], { allocationOrder: "least-recently-used", coolingTime: `${seconds}s` })
  await cluster.expose({ name: "before" })
  await cluster.expectAddresses("before", [one])
  const freed = performance.now()
  await remove("before")
  await cluster.expose({ name: "next" })
  await cluster.expectAddresses("next", [two])
  await cluster.expose({ name: "waits" })
  await expectRefusal(cluster, "waits", /ML141/)
  await cluster.expectAddresses("waits", [one], 30_000)
  assert.ok(performance.now() - freed > seconds * 1000, "not before its time")

  await swept()
  await quietPool(cluster, a, ["10.98.7.0/26"], { allocationOrder: "random" })
  const given = async (name: string): Promise<string> => {
    await cluster.expose({ name })
    return cluster.lab.waitFor(`${name} has an address`, async () => (await cluster.addresses(name))[0], {
      timeoutMs: 15_000,
    })
  }
  const mine = await given("mine")
  const more = [await given("another"), await given("third")]
  await remove("mine")
  more.push(await given("fourth"))
  assert.equal(await given("mine"), mine)
  assert.equal(new Set([mine, ...more]).size, 4)
  assert.notDeepEqual([...more].sort(), [far(0), far(1), far(2)], "not the lowest ones")
})

test("serviceAllocation: pools that name the service come first by priority, open ones last, and nobody else gets in", async () => {
  await swept()
  const gold = { serviceSelectors: [{ matchLabels: { tier: "gold" } }] }
  await quietPool(cluster, a, [`${far(21)}/32`], {
    serviceAllocation: { priority: 20, namespaces: [cluster.namespace], ...gold },
  })
  await quietPool(cluster, b, [`${far(22)}/32`], {
    serviceAllocation: { priority: 10, namespaceSelectors: [{ matchLabels: { team: "e2e" } }] },
  })
  await quietPool(cluster, c, [`${far(23)}-${far(24)}`])
  await cluster.lab.mustKubectl(["label", "namespace", cluster.namespace, "team=e2e"])
  const wish = (name: string, labels: object = {}) =>
    cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, labels },
      spec: { type: "LoadBalancer", selector: { app: "echo" }, ...onPort(80) },
    } as { metadata: object })
  for (const [name, address] of [
    ["first", far(22)],
    ["second", far(21)],
    ["third", far(23)],
  ] as const) {
    await wish(name, { tier: "gold" })
    await cluster.expectAddresses(name, [address])
  }
  await remove("second")
  await wish("plain")
  await cluster.expectAddresses("plain", [far(24)])
  for (const [name, pool, code] of [
    ["of-labels", a, /ML105/],
    ["of-namespace", b, /ML104/],
  ] as const) {
    const namespace = pool === a ? cluster.namespace : other
    await cluster.lab.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, annotations: { "metallb.io/address-pool": pool } },
      spec: { type: "LoadBalancer", ...onPort(80) },
    })
    await expectRefusal(cluster, name, code, namespace)
  }
  await remove("plain")
  await cluster.lab.mustKubectl(["label", "namespace", cluster.namespace, "team-"])
  await cluster.expectAddresses("first", [far(21)])
  await cluster.lab.mustKubectl(["label", "namespace", other, "team=e2e"])
  await cluster.lab.waitFor(
    "the namespace that has the label now gets the address",
    async () =>
      (await cluster.lab.mustKubectl([
        ...["-n", other, "get", "service", "of-namespace"],
        ...["-o", "jsonpath={.status.loadBalancer.ingress[*].ip}"],
      ])) === far(22),
    { timeoutMs: 15_000 },
  )
})

test("avoidBuggyIPs passes .0 by, refuses it on request, and takes it from its holder when it is turned on", async () => {
  await swept()
  const addresses = ["10.98.7.0-10.98.7.1"]
  await quietPool(cluster, a, addresses, { avoidBuggyIPs: true })
  await expectCounters(cluster, a, 0, 1)
  await cluster.expose({ name: "plain" })
  await cluster.expectAddresses("plain", [far(1)])
  await cluster.expose({ name: "asks", annotations: { "metallb.io/loadBalancerIPs": far(0) } })
  await expectRefusal(cluster, "asks", /ML115/)
  await quietPool(cluster, a, addresses, { avoidBuggyIPs: false })
  await cluster.expectAddresses("asks", [far(0)])
  await quietPool(cluster, a, addresses, { avoidBuggyIPs: true })
  await cluster.expectAddresses("asks", [])
  await cluster.expectAddresses("plain", [far(1)])
})

test("an address that a node carries is given only to a service that asks for it, with a warning", async () => {
  await swept()
  const node = cluster.lab.plan.nodes[0]
  assert.ok(node !== undefined)
  await quietPool(cluster, a, [`${node.ipv4}/32`, `${far(31)}/32`])
  await cluster.expose({ name: "plain", spec: onPort(8099) })
  await cluster.expectAddresses("plain", [far(31)])
  await cluster.expose({ name: "late", spec: onPort(8099) })
  await expectRefusal(cluster, "late", /ML172/)
  const named = { "metallb.io/loadBalancerIPs": node.ipv4 }
  await cluster.expose({ name: "named", annotations: named, spec: onPort(8098) })
  await cluster.expectAddresses("named", [node.ipv4])
  assert.match(
    await cluster.waitForEvent("named", "addressConflict"),
    new RegExp(`address of node ${node.name}.*ML135`),
  )
})

test("an address that a node carries is announced by that node alone, so that nobody else is taken for it", async () => {
  await swept()
  const { nodes } = cluster.lab.plan
  await cluster.pool(
    a,
    nodes.map(({ ipv4 }) => `${ipv4}/32`),
  )
  for (const { name, ipv4 } of nodes) {
    await cluster.expose({
      name: `of-${name}`,
      annotations: { "metallb.io/loadBalancerIPs": ipv4 },
      spec: onPort(8098),
    })
    await cluster.expectAddresses(`of-${name}`, [ipv4])
  }
  for (const { name, ipv4, mac } of nodes) {
    await cluster.lab.waitFor(`${name} announces its address`, async () => {
      const announcer = await cluster.announcer(`of-${name}`)
      assert.equal(announcer, name)
      return announcer
    })
    assert.deepEqual([...(await cluster.macsOf(ipv4))], [mac])
    assert.match(
      (await cluster.plugin(["why-ip", `of-${name}`])).stdout,
      new RegExp(`ML327 +${ipv4} is an address of node ${name}`),
    )
  }
})

test("a service that waits says why in its condition, and loses the condition with its address", async () => {
  await swept()
  await quietPool(cluster, a, [`${far(41)}/32`])
  await cluster.expose({ name: "first" })
  await cluster.expectAddresses("first", [far(41)])
  await cluster.expose({ name: "waits" })
  const condition = async (name: string) => {
    const { status } = (await cluster.lab.get("-n", cluster.namespace, "service", name)) as {
      status: { conditions?: readonly { type: string; status: string; reason: string; message: string }[] }
    }
    return status.conditions?.find(({ type }) => type === "metallb.io/AddressAllocated")
  }
  await cluster.kubectl(["wait", "--for=condition=metallb.io/AddressAllocated=false", "service/waits", "--timeout=15s"])
  const told = await condition("waits")
  assert.equal(told?.reason, "ML118")
  assert.match(told.message, new RegExp(`${a}: full: 1 of 1 held`))
  assert.equal(await condition("first"), undefined)
  await remove("first")
  await cluster.expectAddresses("waits", [far(41)])
  assert.equal(await condition("waits"), undefined)
})

test("from one family to two and back: what fits stays, and both families answer", async () => {
  await swept()
  const [v4, v6] = ["192.168.1.215", "fd00:192:168:1::2150"]
  await cluster.pool(a, [`${v4}/32`])
  await cluster.expose({ name: "web", spec: { ipFamilyPolicy: "PreferDualStack" } })
  await cluster.expectAddresses("web", [v4])
  await cluster.pool(a, [`${v4}/32`, `${v6}/128`])
  await cluster.expectAddresses("web", [v4, v6])
  for (const address of [v4, v6]) await cluster.expectAnswers(address)
  const policy = (ipFamilyPolicy: string, ipFamilies: readonly string[]) =>
    cluster.kubectl(["patch", "service", "web", "-p", JSON.stringify({ spec: { ipFamilyPolicy, ipFamilies } })])
  const seen = await seenDuring(cluster, ["web"], async () => {
    await policy("SingleStack", ["IPv4"])
    await cluster.expectAddresses("web", [v4])
    await policy("RequireDualStack", ["IPv4", "IPv6"])
    await cluster.expectAddresses("web", [v4, v6])
  })
  assert.deepEqual(seen.get("web"), [`${v4} ${v6}`, v4, `${v4} ${v6}`], "the address that fits is never gone")
  for (const address of [v4, v6]) await cluster.expectAnswers(address)
})
