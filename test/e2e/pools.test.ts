import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster } from "./cluster.ts"

let cluster: Cluster

before(async () => {
  cluster = await Cluster.ready("e2e-pools")
  await cluster.classic(undefined)
  await cluster.pool("e2e-a", ["192.168.1.41-192.168.1.44"])
})
after(async () => {
  await cluster.remove()
  await cluster.removePool("e2e-a")
  await cluster.removePool("e2e-b")
})

test("an address asked for by annotation is given", async () => {
  await cluster.expose({ name: "annotated", annotations: { "metallb.io/loadBalancerIPs": "192.168.1.43" } })
  await cluster.expectAddresses("annotated", ["192.168.1.43"])
  await cluster.expectAnswers("192.168.1.43")
})

test("the annotation under MetalLB's old prefix is honoured", async () => {
  await cluster.expose({ name: "old-prefix", annotations: { "metallb.universe.tf/loadBalancerIPs": "192.168.1.42" } })
  await cluster.expectAddresses("old-prefix", ["192.168.1.42"])
})

test("an address asked for by spec.loadBalancerIP is given", async () => {
  await cluster.expose({ name: "by-field", spec: { loadBalancerIP: "192.168.1.44" } })
  await cluster.expectAddresses("by-field", ["192.168.1.44"])
})

test("an address that is taken is refused with the holder's name, and why-ip says the same", async () => {
  await cluster.expose({ name: "too-late", annotations: { "metallb.io/loadBalancerIPs": "192.168.1.43" } })
  const message = await cluster.waitForEvent("too-late", "AllocationFailed")
  assert.match(message, /e2e-pools\/annotated/)
  const why = await cluster.plugin(["why-ip", "too-late"])
  assert.equal(why.code, 1, why.stderr)
  assert.match(why.stdout, /e2e-pools\/annotated/)
  assert.deepEqual(await cluster.addresses("too-late"), [])
})

test("the pool's status counts what is held", async () => {
  await cluster.lab.waitFor(
    "three addresses are assigned and one is free",
    async () => {
      const pool = (await cluster.lab.get("-n", "metallb-system", "ipaddresspool", "e2e-a")) as {
        status?: { assignedIPv4?: number; availableIPv4?: number }
      }
      return pool.status?.assignedIPv4 === 3 && pool.status.availableIPv4 === 1
    },
    { timeoutMs: 15_000 },
  )
})

test("a pool removed while in use takes its addresses back and its services move to another pool", async () => {
  await cluster.pool("e2e-b", ["192.168.1.51-192.168.1.59"])
  await cluster.removePool("e2e-a")
  await cluster.lab.waitFor(
    "old-prefix left the removed pool",
    async () => !(await cluster.addresses("old-prefix")).includes("192.168.1.42"),
    { timeoutMs: 15_000 },
  )
  assert.deepEqual([...(await cluster.macsOf("192.168.1.43"))], [], "nobody answers for an address of the removed pool")
  await cluster.expose({ name: "plain" })
  const [address = ""] = await cluster.lab.waitFor(
    "plain has an address",
    async () => {
      const now = await cluster.addresses("plain")
      return now.length > 0 ? now : undefined
    },
    { timeoutMs: 15_000 },
  )
  assert.match(address, /^192\.168\.1\.5[1-9]$/)
  await cluster.expectAnswers(address)
})

test("a service with several addresses answers on all of them, from one node", async () => {
  await cluster.expose({ name: "several", annotations: { "metallb.io/addresses-per-family": "3" } })
  const given = await cluster.lab.waitFor(
    "several has three addresses",
    async () => {
      const now = await cluster.addresses("several")
      return now.length === 3 ? now : undefined
    },
    { timeoutMs: 15_000 },
  )
  const macs = new Set<string>()
  for (const address of given) {
    await cluster.expectAnswers(address)
    for (const mac of await cluster.macsOf(address)) macs.add(mac)
  }
  assert.equal(macs.size, 1, [...macs].join(", "))
  await cluster.kubectl(["annotate", "service", "several", "--overwrite", "metallb.io/addresses-per-family=1"])
  await cluster.expectAddresses("several", given.slice(0, 1))
  for (const address of given.slice(1)) {
    await cluster.lab.waitFor(`${address} falls silent`, async () => (await cluster.macsOf(address)).size === 0, {
      timeoutMs: 15_000,
    })
  }
})

test("a reserved address waits for its service over delete, a restart of the controller and re-create", async () => {
  await cluster.lab.apply({
    apiVersion: "metallb.io/v1beta1",
    kind: "AddressReservation",
    metadata: { name: "e2e-kept", namespace: "metallb-system" },
    spec: { service: { namespace: cluster.namespace, name: "kept" }, ttl: "1h" },
  })
  await cluster.expose({ name: "kept" })
  const kept = async () => {
    const reservation = (await cluster.lab.get("-n", "metallb-system", "addressreservation", "e2e-kept")) as {
      status?: { addresses?: readonly string[]; expires?: string }
    }
    return reservation.status ?? {}
  }
  const written = await cluster.lab.waitFor(
    "the reservation names the service's address",
    async () => {
      const [now = ""] = await cluster.addresses("kept")
      const { addresses } = await kept()
      return now !== "" && addresses?.join() === now ? now : undefined
    },
    { timeoutMs: 15_000 },
  )
  await cluster.kubectl(["delete", "service", "kept"])
  await cluster.lab.waitFor("the time runs", async () => (await kept()).expires !== undefined, { timeoutMs: 15_000 })
  await cluster.crash(await cluster.agentPod("controller"))
  await cluster.expose({ name: "other", annotations: { "metallb.io/loadBalancerIPs": written } })
  assert.match(await cluster.waitForEvent("other", "AllocationFailed", 60_000), /is reserved for e2e-pools\/kept until/)
  const why = await cluster.plugin(["why-ip", "other"])
  assert.match(why.stdout, /is reserved for e2e-pools\/kept/)
  await cluster.expose({ name: "kept" })
  await cluster.expectAddresses("kept", [written], 60_000)
  await cluster.lab.mustKubectl(["-n", "metallb-system", "delete", "addressreservation", "e2e-kept"])
})

test("a pool without an advertisement gives addresses that nobody announces, and why-ip says so with the fix", async () => {
  await cluster.lab.mustKubectl(["-n", "metallb-system", "delete", "l2advertisement", "e2e-b"])
  const [address = ""] = await cluster.addresses("plain")
  await cluster.lab.waitFor("nobody answers any more", async () => (await cluster.macsOf(address)).size === 0, {
    timeoutMs: 15_000,
  })
  const why = await cluster.plugin(["why-ip", "plain"])
  assert.equal(why.code, 1, why.stdout)
  assert.match(why.stdout, /ML3\d\d/)
  assert.deepEqual(await cluster.addresses("plain"), [address])
})

test("a pool that cannot be used says so itself, and what to mend, and is ready once it is mended", async () => {
  const ready = async (kind: string, name: string) =>
    (
      await cluster.lab.mustKubectl([
        ...["-n", "metallb-system", "get", kind, name, "-o"],
        'jsonpath={.status.conditions[?(@.type=="Valid")].status} {.status.conditions[?(@.type=="Valid")].message}',
      ])
    ).trim()
  const expectReady = (kind: string, name: string, pattern: RegExp) =>
    cluster.lab.waitFor(
      `${kind} ${name} says ${pattern}`,
      async () => {
        const now = await ready(kind, name)
        if (pattern.test(now)) return true
        throw new Error(`it says ${now}`)
      },
      { timeoutMs: 15_000 },
    )
  const [older, younger] = ["e2e-older", "e2e-younger"]
  try {
    await cluster.pool(older, ["192.168.1.61-192.168.1.62"])
    await cluster.expose({ name: "counted", annotations: { "metallb.io/address-pool": older } })
    await cluster.expectAddresses("counted", ["192.168.1.61"])
    await cluster.pool(younger, ["192.168.1.62-192.168.1.63"])
    await expectReady("ipaddresspool", younger, /^False .*overlaps with already defined CIDR/)
    await expectReady("ipaddresspool", older, /^True$/)
    await expectReady("l2advertisement", older, /^True/)
    const shown = await cluster.lab.mustKubectl(["-n", "metallb-system", "get", "ipaddresspool", younger])
    assert.match(shown, /READY/)
    assert.match(shown, / False /)
    await cluster.pool(younger, ["192.168.1.63-192.168.1.64"])
    await expectReady("ipaddresspool", younger, /^True$/)
    const counters = (await cluster.lab.get("-n", "metallb-system", "ipaddresspool", older)) as {
      status: { assignedIPv4?: number }
    }
    assert.equal(counters.status.assignedIPv4, 1, "the counters stand beside it")
  } finally {
    await cluster.removePool(older)
    await cluster.removePool(younger)
  }
})
