import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { chooseOwner } from "../../agent/core/announce/choose-owner.ts"
import { ordered } from "../../agent/core/announce/order.ts"
import { crypto, node, web, world } from "../unit/announce/fixtures.ts"
import { pool } from "../unit/allocate/fixtures.ts"
import { advertise, verdict } from "../unit/announce/fixtures.ts"

type Vector = {
  readonly address: string
  readonly nodes: readonly string[]
  readonly order: readonly string[]
  readonly digests?: readonly string[]
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(join(import.meta.dirname, "election.json"), "utf8"))

for (const { address, nodes, order, digests = [] } of vectors) {
  test(`the owners of ${address} among ${nodes.join(", ")} follow in the order ${order.join(", ")}`, () => {
    const candidates = nodes.map(name => ({ node: { name }, score: 0 }))
    assert.deepEqual(
      ordered(candidates, address, crypto).map(one => one.node.name),
      order,
    )
    for (const [at, digest] of digests.entries()) {
      const bytes = Buffer.from(crypto.sha256(`${order[at]}#${address}`))
      assert.equal(bytes.toString("hex").slice(0, 8), digest)
    }
  })

  test(`a service with ${address} is announced by ${order[0]}, and the others stand by in that order`, () => {
    const both = pool("a", ["10.0.0.0/24", "192.0.2.0/24", "2001:db8::/120"])
    const context = world([web({ ips: [address] })], {
      nodes: nodes.map(name => node(name)),
      verdict: verdict([both], [advertise(["a"])]),
    })
    const outcome = chooseOwner(web({ ips: [address] }), context, crypto)
    assert.ok(outcome.ok)
    assert.deepEqual([outcome.value.node, ...outcome.value.standby], order)
  })
}
