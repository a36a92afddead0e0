import assert from "node:assert/strict"
import { test } from "node:test"
import * as controller from "./controlling.ts"
import { collections, type World, world } from "./harness.ts"
import { assigned, node, owned, pod, start } from "./speaking.ts"

/** A kind counts as not installed after the server has denied it for five seconds. */
const longEnough = 12_000

const legacyText = (range: string, protocol = "layer2") =>
  `address-pools:\n- name: old\n  protocol: ${protocol}\n  addresses: [${range}]\n`

const cluster = (): World => {
  const made = world()
  for (const name of ["node-1", "node-2"]) {
    node(made, name)
    pod(made, `speaker-${name}`, name)
  }
  return made
}

const allOwned = (speakers: readonly ReturnType<typeof start>[]): readonly string[] => speakers.flatMap(owned).sort()

const speakersOf = async (made: World) => {
  const both = ["node-1", "node-2"].map(name => start(made, name))
  await made.clock.advance(longEnough)
  return both
}

const given = (made: World, name: string, address: string) => {
  assigned(made, name, address)
  return controller.start(made)
}

test("a start while the kind IPAddressPool is away moves no service, though the ConfigMap has a pool, and serves new ones from that", async () => {
  const made = cluster()
  made.legacy(legacyText("198.51.100.0/24"))
  made.api.unknown.add(collections.pools)
  given(made, "web", "192.0.2.10")
  made.service("new")
  await made.clock.advance(longEnough)
  assert.deepEqual(made.ingressOf("web"), ["192.0.2.10"])
  assert.equal(made.recordOf("web"), "public")
  assert.deepEqual(made.ingressOf("new"), ["198.51.100.0"])
  assert.ok(made.events().includes("Service/web AddressKept: 192.0.2.10 kept: IPAddressPools cannot be read [ML120]"))
  made.pool("public", ["203.0.113.0/24"])
  made.api.unknown.clear()
  await made.clock.advance(60_000)
  assert.deepEqual(made.ingressOf("web"), ["198.51.100.1"], "what was read excludes it")
})

test("speakers that start while the kind IPAddressPool is away go on with what services have", async () => {
  const made = cluster()
  made.legacy(legacyText("198.51.100.0/24"))
  made.api.unknown.add(collections.pools)
  assigned(made, "web", "192.0.2.10")
  assigned(made, "old", "198.51.100.7")
  assert.deepEqual(allOwned(await speakersOf(made)), ["192.0.2.10", "198.51.100.7"])
})

test("speakers that start while the kind L2Advertisement is away go on, but not with what goes over BGP", async () => {
  const made = cluster()
  made.pool("public", ["192.0.2.0/25"])
  made.pool("routed", ["192.0.2.128/25"])
  made.put("metallb.io/bgpadvertisements", {
    metadata: { name: "routed", namespace: "metallb-system", generation: 1 },
    spec: { ipAddressPools: ["routed"] },
  })
  made.legacy(legacyText("198.51.100.0/24", "bgp"))
  made.api.unknown.add(collections.l2)
  assigned(made, "web", "192.0.2.10")
  assigned(made, "far", "192.0.2.130")
  assigned(made, "old", "198.51.100.7")
  const speakers = await speakersOf(made)
  assert.deepEqual(allOwned(speakers), ["192.0.2.10"])
  made.l2Advertisement("other", { ipAddressPools: ["another"] })
  made.api.unknown.clear()
  await made.clock.advance(60_000)
  assert.deepEqual(allOwned(speakers), [], "the kind was read, and nothing of it names the pool")
})

test("with the ConfigMap alone, where no kind was ever installed, services get addresses and are announced", async () => {
  const made = cluster()
  made.legacy(legacyText("198.51.100.0/24"))
  for (const kind of [
    "ipaddresspools",
    "l2advertisements",
    "bgppeers",
    "bgpadvertisements",
    "bfdprofiles",
    "communities",
  ])
    made.api.unknown.add(`metallb.io/${kind}`)
  for (const kind of ["configurationstates", "servicel2statuses", "addressreservations"])
    made.api.unknown.add(`metallb.io/${kind}`)
  const { running } = given(made, "elsewhere", "192.0.2.10")
  assigned(made, "web", "198.51.100.7")
  made.service("new")
  await made.clock.advance(longEnough)
  assert.deepEqual(running.missing(), [])
  assert.deepEqual(
    ["web", "new", "elsewhere"].map(name => made.ingressOf(name)),
    [["198.51.100.7"], ["198.51.100.0"], ["192.0.2.10"]],
  )
  assert.equal(made.recordOf("web"), "old")
  assert.deepEqual(allOwned(await speakersOf(made)), ["192.0.2.10", "198.51.100.7"])
})
