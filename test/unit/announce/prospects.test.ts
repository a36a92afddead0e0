import assert from "node:assert/strict"
import { test } from "node:test"
import { announcements } from "../../../agent/core/announce/announcements.ts"
import type { AnnounceContext, AnnounceInput } from "../../../agent/core/announce/context.ts"
import { prospects, rememberingProspects } from "../../../agent/core/announce/prospects.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { dualStack, service } from "../allocate/fixtures.ts"
import { advertise, crypto, node, poolA, verdict, web, world } from "./fixtures.ts"

const names = ["n1", "n2", "n3"]
const members = new Set(names)
const seen = (context: AnnounceContext, at = "n1") =>
  prospects(context, at, crypto).map(({ address, election, interfaces }) => ({
    address: formatAddress(address),
    ranking: election.eligible.map(each => each.node),
    interfaces,
  }))

test("the first in each ranking is the node that alone would announce the address", () => {
  const services = [1, 2, 3, 4, 5, 6].map(n => service(`shop/s${n}`, { ips: [`10.0.0.${n}`], from: "a" }))
  const found = seen(world(services, { members }))
  assert.equal(found.length, 6)
  for (const name of names) {
    const own = announcements(world(services), name, crypto).owned.map(({ address }) => formatAddress(address))
    assert.deepEqual(
      found.flatMap(({ address, ranking }) => (ranking[0] === name ? [address] : [])),
      own,
    )
  }
})

test("what Kubernetes says of a node's readiness does not count where speakers know each other", () => {
  const nodes = [node("n1", { ready: false }), node("n2", { ready: "unknown" }), node("n3")]
  const [one] = seen(world([web()], { nodes, members }))
  assert.deepEqual([...(one?.ranking ?? [])].sort(), names)
})

test("a node without a speaker, or whose network is not set up, is not in the ranking", () => {
  const nodes = [node("n1"), node("n2"), { ...node("n3"), networkUnavailable: true }]
  const [one] = seen(world([web()], { nodes, members: new Set(["n1", "n3"]) }))
  assert.deepEqual(one?.ranking, ["n1"])
})

test("beside MetalLB's speakers nobody is left where MetalLB has no candidate", () => {
  const nodes = names.map(name => ({ ...node(name), networkUnavailable: true }))
  const among = (more: Partial<AnnounceInput>) => seen(world([web()], { nodes, members, ...more })).length
  assert.deepEqual([among({ mixed: true }), among({})], [0, 1])
})

test("both addresses of a dual-stack service have one order, made from the first", () => {
  const found = prospects(world([web({ ...dualStack, ips: ["10.0.0.1", "2001:db8::1"] })], { members }), "n1", crypto)
  assert.deepEqual(
    found.map(({ election }) => formatAddress(election.ordered)),
    ["10.0.0.1", "10.0.0.1"],
  )
})

test("a balanced placement is an order of its own, with scores that follow it", () => {
  const services = [1, 2, 3].map(n => service(`shop/s${n}`, { ips: [`10.0.0.${n}`], from: "a" }))
  const found = prospects(world(services, { members, placement: "balanced" }), "n1", crypto)
  assert.deepEqual(found.map(({ election }) => election.eligible[0]?.node).sort(), names)
  for (const { election } of found)
    assert.deepEqual(
      election.eligible.map(({ score }) => score),
      [65_535, 65_534, 65_533],
    )
})

test("a balanced order leaves nothing behind: a pass in the order of the hash, or beside a speaker of MetalLB, has that one", () => {
  const services = [1, 2, 3].map(n => service(`shop/s${n}`, { ips: [`10.0.0.${n}`], from: "a" }))
  const balanced = world(services, { members, placement: "balanced" })
  const hash: AnnounceContext = { ...balanced, input: { ...balanced.input, placement: "hash" } }
  const beside: AnnounceContext = { ...balanced, input: { ...balanced.input, mixed: true } }
  const remembering = rememberingProspects("n1", crypto)
  for (const context of [balanced, hash, balanced, beside, hash, balanced])
    assert.deepEqual(remembering(context), prospects(context, "n1", crypto))
  assert.notDeepEqual(prospects(balanced, "n1", crypto), prospects(hash, "n1", crypto))
})

test("the interfaces are those of the advertisements that select the node; a node that may not announce has none", () => {
  const two = verdict(
    [poolA],
    [advertise(["a"], { nodeSelectors: [{ matchLabels: { zone: "a" } }], interfaces: ["eth1"] })],
  )
  const nodes = [node("n1", { labels: { zone: "a" } }), node("n2")]
  const context = world([web()], { nodes, members, verdict: two })
  assert.deepEqual([seen(context, "n1")[0]?.interfaces, seen(context, "n2")[0]?.interfaces], [["eth1"], undefined])
})
