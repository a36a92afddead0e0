import assert from "node:assert/strict"
import { test } from "node:test"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import { movesBetween } from "../../../agent/core/announce/moves.ts"
import type { Service } from "../../../agent/core/model.ts"
import { service } from "../allocate/fixtures.ts"
import { crypto, endpoint, node, slice, web, world } from "./fixtures.ts"

const threeNodes = (drained?: string) =>
  ["n1", "n2", "n3"].map(name => node(name, name === drained ? { annotations: { "metallb.io/drain": "true" } } : {}))

/** "address: now > after reason" for what moves when n2 is drained. */
const drainN2 = (services: readonly Service[], more: Partial<AnnounceInput> = {}): readonly string[] =>
  movesBetween(
    world(services, { ...more, nodes: threeNodes() }),
    world(services, { ...more, nodes: threeNodes("n2") }),
    crypto,
  ).map(({ address, now, after, reason }) => `${address}: ${now ?? "-"} > ${after ?? "-"} ${reason}`)

// By hash n2 comes first for 10.0.0.1, then n3, then n1; for 10.0.0.2 it is n1.
const second = service("shop/second", { ips: ["10.0.0.2"], from: "a" })

test("what the node announces moves to the next one, what others announce stays", () => {
  assert.deepEqual(drainN2([web(), second]), ["10.0.0.1: n2 > n3 ML300"])
})

test("who really announces is what moves, not who comes first in the order", () => {
  const present = new Map([
    ["10.0.0.1", "n3"],
    ["10.0.0.2", "n2"],
  ])
  // n3 kept it after a failover; n2 announces what n1 comes first for.
  assert.deepEqual(drainN2([web(), second], { present }), ["10.0.0.2: n2 > n1 ML300"])
})

test("where only the node has an endpoint the address is lost, for the one reason that all others have", () => {
  const local = web({ externalTrafficPolicy: "Local" })
  assert.deepEqual(drainN2([local], { endpointSlices: [slice(local, endpoint("n2"))] }), ["10.0.0.1: n2 > - ML302"])
})

test("where the others are turned down for different reasons it is lost for want of a node", () => {
  const local = web({ externalTrafficPolicy: "Local" })
  const [one, , three] = threeNodes()
  const nodes = (drained?: string) => [
    ...(one === undefined ? [] : [{ ...one, ready: false as const }]),
    ...threeNodes(drained).filter(({ name }) => name === "n2"),
    ...(three === undefined ? [] : [three]),
  ]
  const slices = [slice(local, endpoint("n2"))]
  const moves = movesBetween(
    world([local], { nodes: nodes(), endpointSlices: slices }),
    world([local], { nodes: nodes("n2"), endpointSlices: slices }),
    crypto,
  )
  assert.deepEqual(
    moves.map(({ after, reason }) => [after, reason]),
    [[undefined, "ML316"]],
  )
})

test("a service that nobody could announce before is found when the node comes back", () => {
  const local = web({ externalTrafficPolicy: "Local" })
  const slices = [slice(local, endpoint("n2"))]
  const moves = movesBetween(
    world([local], { nodes: threeNodes("n2"), endpointSlices: slices }),
    world([local], { nodes: threeNodes(), endpointSlices: slices }),
    crypto,
  )
  assert.deepEqual(
    moves.map(({ now, after, services }) => [now, after, services]),
    [[undefined, "n2", ["shop/web"]]],
  )
})

test("balanced, what the node had goes to different nodes and nothing else moves", () => {
  const six = [1, 2, 3, 4, 5, 6].map(n => service(`shop/s${n}`, { ips: [`10.0.0.${n}`], from: "a" }))
  const present = new Map(six.map(({ ingress }, index) => [ingress[0]?.ip ?? "", `n${(index % 3) + 1}`]))
  const moves = drainN2(six, { placement: "balanced", present })
  assert.deepEqual(
    moves.map(text => text.split(" ").slice(1, 3).join(" ")),
    ["n2 >", "n2 >"],
  )
  assert.deepEqual(moves.map(text => text.split(" ")[3]).toSorted(), ["n1", "n3"])
})
