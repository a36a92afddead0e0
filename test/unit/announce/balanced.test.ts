import assert from "node:assert/strict"
import { test } from "node:test"
import { ownerMemo, ownerOfAddress } from "../../../agent/core/announce/announcements.ts"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import type { Service } from "../../../agent/core/model.ts"
import { dualStack, service } from "../allocate/fixtures.ts"
import { advertise, crypto, endpoint, node, poolA, slice, verdict, world } from "./fixtures.ts"

const placed = (services: readonly Service[], more: Partial<AnnounceInput> = {}) => {
  const context = world(services, { placement: "balanced", ...more })
  const ownerOf = ownerMemo(context, crypto)
  return [...context.holders].map(([text, { address }]) => {
    const { outcome } = ownerOfAddress(address, context, ownerOf)
    return { text, outcome }
  })
}

/** "address: owner | standby". */
const owners = (services: readonly Service[], more: Partial<AnnounceInput> = {}): readonly string[] =>
  placed(services, more).map(({ text, outcome }) =>
    outcome.ok ? `${text}: ${outcome.value.node} | ${outcome.value.standby}` : `${text}: ${outcome.reason}`,
  )

const manyServices = (count: number) =>
  Array.from({ length: count }, (_, at) => service(`shop/s${at + 1}`, { ips: [`10.0.0.${at + 1}`], from: "a" }))
const six = manyServices(6)

test("six addresses on three nodes are two on each", () => {
  // A vector: speakers of different versions have to agree.
  assert.deepEqual(owners(six), [
    "10.0.0.1: n1 | n2,n3",
    "10.0.0.2: n2 | n3,n1",
    "10.0.0.3: n2 | n1,n3",
    "10.0.0.4: n1 | n3,n2",
    "10.0.0.5: n3 | n2,n1",
    "10.0.0.6: n3 | n1,n2",
  ])
})

test("the trace says how even it is", () => {
  const [first] = placed(six)
  assert.deepEqual(
    first?.outcome.trace.map(({ reason, facts }) => [reason, facts]),
    [
      ["ML322", { node: "n1", rank: 1, eligible: 3, load: 2, least: 2, most: 2 }],
      ["ML301", { node: "n2", rank: 2, eligible: 3 }],
      ["ML301", { node: "n3", rank: 3, eligible: 3 }],
    ],
  )
})

test("what a node had goes to different nodes when it goes away", () => {
  const next = (node: string) =>
    owners(six)
      .filter(text => text.includes(`: ${node} `))
      .map(text => text.split("| ")[1]?.slice(0, 2))
      .sort()
  assert.deepEqual(next("n1"), ["n2", "n3"])
  assert.deepEqual(next("n2"), ["n1", "n3"])
  assert.deepEqual(next("n3"), ["n1", "n2"])
})

test("an address stays where it is announced for as long as that is even", () => {
  const present = new Map([1, 2, 3, 4, 5, 6].map(n => [`10.0.0.${n}`, n % 2 === 0 ? "n1" : "n3"]))
  // Three each on two nodes: one of each has to move to the third, the others stay.
  const found = owners(six, { present }).map(text => text.slice(0, 12))
  const moved = found.filter(text => text.slice(10) !== present.get(text.slice(0, 8)))
  assert.equal(moved.length, 2)
  assert.ok(moved.every(text => text.endsWith("n2")))
})

test("a node that somebody prefers gets the address, however many it has", () => {
  const preferred = advertise(["a"], {
    preferredNodeSelectors: [{ weight: 5, preference: { matchLabels: { zone: "x" } } }],
  })
  const nodes = [node("n1"), node("n2", { labels: { zone: "x" } }), node("n3")]
  const found = owners(six, { nodes, verdict: verdict([poolA], [preferred]) })
  assert.deepEqual([...new Set(found.map(text => text.slice(10, 12)))], ["n2"])
  // And from there evenly to the others.
  assert.equal(found.filter(text => text.includes("| n1")).length, 3)
})

test("a drained node has nothing, the others have its share", () => {
  const nodes = [node("n1"), node("n2", { annotations: { "metallb.io/drain": "true" } }), node("n3")]
  const found = owners(six, { nodes }).map(text => text.slice(10))
  assert.equal(found.filter(text => text === "n1 | n3").length, 3)
  assert.equal(found.filter(text => text === "n3 | n1").length, 3)
})

test("a service with two addresses counts twice and stays in one place", () => {
  const both = service("shop/both", { ...dualStack, ips: ["10.0.0.9", "2001:db8::9"], from: "a" })
  const one = [1, 2, 3, 4].map(n => service(`shop/s${n}`, { ips: [`10.0.0.${n}`], from: "a" }))
  const found = owners([both, ...one])
  const nodeOf = (address: string) => found.find(text => text.startsWith(`${address}:`))?.split(" ")[1]
  assert.equal(nodeOf("10.0.0.9"), nodeOf("2001:db8::9"))
  assert.equal(one.filter(({ ingress }) => nodeOf(ingress[0]?.ip ?? "") === nodeOf("10.0.0.9")).length, 0)
})

test("two addresses that different nodes announce now go to one of these nodes, whatever order the services stand in", () => {
  const key = { "metallb.io/allow-shared-ip": "k" }
  const both = service("shop/both", { ...dualStack, annotations: key, ips: ["10.0.0.1", "2001:db8::1"], from: "a" })
  const second = service("shop/second", { annotations: key, ips: ["2001:db8::1"], from: "a", ports: ["TCP/81"] })
  const gone = { ...second, deleting: true }
  const present = new Map([
    ["10.0.0.1", "n2"],
    ["2001:db8::1", "n1"],
  ])
  const sorted = (services: readonly Service[]) => owners(services, { present }).toSorted()
  assert.deepEqual(sorted([gone, both]), sorted([both, gone]))
})

test("who shares all of its addresses goes where the older service is", () => {
  const key = { "metallb.io/allow-shared-ip": "k" }
  const older = service("shop/z", { annotations: key, ips: ["10.0.0.1"], from: "a", createdAt: 1 })
  const newer = service("shop/a", { annotations: key, ips: ["10.0.0.1"], from: "a", createdAt: 2, ports: ["TCP/81"] })
  const context = world([older, newer, ...six.slice(1)], { placement: "balanced" })
  const ownerOf = ownerMemo(context, crypto)
  const [one, other] = [ownerOf(older), ownerOf(newer)]
  assert.ok(one.ok && other.ok && one.value.node === other.value.node)
})

test("with externalTrafficPolicy Local the addresses are as even as the endpoints allow", () => {
  const local = six.map(one => ({ ...one, externalTrafficPolicy: "Local" as const }))
  const [a, b, ...rest] = local
  const slices = [a, b].flatMap(one => (one === undefined ? [] : [slice(one, endpoint("n1"))]))
  const both = rest.map(one => slice(one, endpoint("n1"), endpoint("n2")))
  const found = owners(local, { endpointSlices: [...slices, ...both] }).map(text => text.slice(10, 12))
  assert.deepEqual(found.toSorted(), ["n1", "n1", "n1", "n2", "n2", "n2"])
})

test("a node whose speaker is dead gets nothing and comes last; what it had goes where it would have gone anyway", () => {
  const before = owners(six)
  const present = new Map(before.map(text => [text.slice(0, 8), text.slice(10, 12)]))
  const next = before.map(text => (text.includes(": n1 ") ? text.slice(15, 17) : text.slice(10, 12)))
  const found = owners(six, { present, members: new Set(["n1", "n2", "n3"]), absent: new Set(["n1"]) })
  assert.deepEqual(
    found.map(text => text.slice(10, 12)),
    next,
  )
  assert.ok(found.every(text => text.endsWith(",n1")))
  // Once it has been taken there, nothing is left to do.
  const taken = new Map(found.map(text => [text.slice(0, 8), text.slice(10, 12)]))
  assert.deepEqual(owners(six, { present: taken, absent: new Set(["n1"]) }), found)
})

test("where every speaker is dead all nodes count", () => {
  assert.deepEqual(owners(six, { absent: new Set(["n1", "n2", "n3"]) }), owners(six))
})

test("whichever node dies, what it had is spread evenly, and nothing else ever moves", () => {
  for (const count of [4, 5, 6, 7])
    for (const services of Array.from({ length: 15 }, (_, at) => manyServices(at + 1)))
      for (const gone of ["n0", "n1", "n2"]) {
        const nodes = Array.from({ length: count }, (_, at) => node(`n${at}`))
        const absent = new Set([gone])
        const now = (more: Partial<AnnounceInput>) =>
          new Map(
            placed(services, { nodes, ...more }).map(({ text, outcome }) => [
              text,
              outcome.ok ? outcome.value.node : outcome.reason,
            ]),
          )
        let present = now({})
        for (let round = 0; round < 3; round++) {
          const next = now({ present, absent })
          const moved = [...next].filter(([text, owner]) => present.get(text) !== owner)
          assert.ok(moved.every(([text]) => round === 0 && present.get(text) === gone))
          present = next
        }
        assert.ok(![...present.values()].includes(gone))
        const loads = nodes.flatMap(({ name }) =>
          name === gone ? [] : [[...present.values()].filter(owner => owner === name).length],
        )
        assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, `${count} nodes, ${services.length} services: ${loads}`)
      }
})
