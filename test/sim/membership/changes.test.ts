import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Change } from "../../../agent/core/membership/effect.ts"
import { agree, createNetwork, type Network, type NetworkOptions } from "./network.ts"

const settled = (options: NetworkOptions): Network => {
  const network = createNetwork(options)
  assert.ok(network.until(() => agree(network, network.names), 30_000) !== undefined, "the cluster never came together")
  network.run(2000)
  return network
}

/** "n2: dead n1" for every change told since `from`. */
const told = (network: Network, from: number, change: Change): readonly string[] =>
  network.told
    .filter(({ at, effect }) => at >= from && effect.kind === "member" && effect.change === change)
    .map(({ by, effect }) => (effect.kind === "member" ? `${by}: ${change} ${effect.member.name}` : ""))
    .sort()

const without = (network: Network, ...names: readonly string[]) => network.names.filter(name => !names.includes(name))

describe("a cluster", () => {
  it("comes together within two seconds from nothing but the API's list, with 2 to 20 nodes", t => {
    for (const nodes of [2, 4, 8, 20]) {
      const network = createNetwork({ nodes, seed: nodes })
      const took = network.until(() => agree(network, network.names), 2000)
      t.diagnostic(`${nodes} nodes: ${took} ms`)
      assert.ok(took !== undefined, `${nodes} nodes`)
    }
  })

  it("learns of 100 nodes with a bounded number of connections", () => {
    const network = createNetwork({ nodes: 100, seed: 3 })
    assert.ok(network.until(() => agree(network, network.names), 10_000) !== undefined)
  })

  it("splits in two and is one again within ten seconds, whether or not both sides have forgotten each other", t => {
    for (const lasting of [300, 5000, 60_000, 300_000]) {
      const network = settled({ nodes: 6, seed: lasting })
      const left = new Set(["n1", "n2", "n3"])
      network.partition((a, b) => left.has(a) !== left.has(b))
      network.run(lasting)
      if (lasting >= 5000) {
        assert.ok(agree(network, [...left]))
        assert.ok(agree(network, without(network, ...left)))
      }
      network.partition(() => false)
      const took = network.until(() => agree(network, network.names), 10_000)
      t.diagnostic(`apart for ${lasting} ms: one again after ${took} ms`)
      assert.ok(took !== undefined, `apart for ${lasting} ms`)
      const healed = network.now()
      network.run(20_000)
      assert.deepEqual(told(network, healed, "dead"), [])
    }
  })

  it("keeps the last node running alone, and takes the others in when they come back", () => {
    const network = settled({ nodes: 3, seed: 8 })
    network.powerOff("n2")
    network.powerOff("n3")
    assert.ok(network.until(() => network.members("n1").join() === "n1", 5000) !== undefined)
    network.run(120_000)
    network.restart("n2")
    network.restart("n3")
    assert.ok(network.until(() => agree(network, network.names), 3000) !== undefined)
  })
})

describe("a node that leaves", () => {
  it("is known by all to have left, not to be dead, within 300 ms", () => {
    const network = settled({ nodes: 8, seed: 21 })
    const began = network.now()
    network.send("n1", { kind: "leave", within: 1000 })
    assert.ok(network.until(() => told(network, began, "left").length === 7, 300) !== undefined)
    assert.ok(
      network.until(() => network.told.some(x => x.by === "n1" && x.effect.kind === "left"), 1000) !== undefined,
    )
    network.kill("n1")
    network.run(60_000)
    assert.deepEqual(told(network, began, "dead"), [])
    assert.ok(agree(network, without(network, "n1")))
  })

  it("is welcome again at once, as a new process that knows nothing", () => {
    const network = settled({ nodes: 4, seed: 22 })
    const began = network.now()
    network.send("n1", { kind: "leave", within: 1000 })
    network.run(1500)
    network.restart("n1")
    assert.ok(network.until(() => agree(network, network.names), 2000) !== undefined)
    assert.deepEqual(told(network, began, "joined").filter(line => line.endsWith("joined n1")).length, 3)
  })
})

describe("a process that is restarted", () => {
  it("at once is never declared dead", () => {
    const network = settled({ nodes: 5, seed: 31 })
    const began = network.now()
    network.kill("n1")
    network.run(50)
    network.restart("n1")
    network.run(10_000)
    assert.ok(agree(network, network.names))
    assert.deepEqual(told(network, began, "dead"), [])
  })

  it("after it was declared dead is alive for all within two seconds", () => {
    const network = settled({ nodes: 5, seed: 32 })
    network.kill("n1")
    assert.ok(network.until(() => agree(network, without(network, "n1")), 5000) !== undefined)
    network.restart("n1")
    assert.ok(network.until(() => agree(network, network.names), 2000) !== undefined)
  })
})

describe("a process that stood still", () => {
  it("for a moment is not declared dead, and blames nobody for its own deafness", () => {
    const network = settled({ nodes: 4, seed: 41 })
    const began = network.now()
    for (let round = 0; round < 20; round += 1) {
      network.pause("n1")
      network.run(300)
      network.resume("n1")
      network.run(1500 + network.random() * 500)
    }
    assert.deepEqual(told(network, began, "dead"), [])
    assert.deepEqual(
      told(network, began, "suspected").filter(line => line.startsWith("n1:")),
      [],
    )
  })

  it("for five seconds is dead, comes back within one, and has declared nobody dead", () => {
    for (let seed = 50; seed < 60; seed += 1) {
      const network = settled({ nodes: 4, seed })
      const began = network.now()
      network.pause("n1")
      network.run(5000)
      assert.ok(agree(network, without(network, "n1")))
      network.resume("n1")
      assert.ok(network.until(() => agree(network, network.names), 1000) !== undefined, `seed ${seed}`)
      network.run(10_000)
      assert.deepEqual(
        told(network, began, "dead").filter(line => line.startsWith("n1:")),
        [],
      )
      assert.ok(agree(network, network.names))
    }
  })
})

describe("mixed company", () => {
  it("makes every speaker of ours keep the library's times until the last foreign speaker is gone", () => {
    const network = settled({ nodes: 4, seed: 61, foreign: new Set(["n4"]) })
    for (const name of ["n1", "n2", "n3", "n4"]) assert.equal(network.state(name).mode, "compatible", name)
    assert.equal(network.state("n1").settings.probeInterval, 1000)
    network.send("n4", { kind: "leave", within: 1000 })
    assert.ok(
      network.until(() => ["n1", "n2", "n3"].every(name => network.state(name).mode === "swift"), 2000) !== undefined,
    )
    network.kill("n4")
    network.run(1000)
    network.restart("n4")
    assert.ok(
      network.until(() => ["n1", "n2", "n3"].every(name => network.state(name).mode === "compatible"), 5000) !==
        undefined,
    )
  })

  it("agrees on joins and deaths", () => {
    const network = settled({ nodes: 6, seed: 62, foreign: new Set(["n2", "n4", "n6"]) })
    network.powerOff("n1")
    network.powerOff("n2")
    assert.ok(network.until(() => agree(network, ["n3", "n4", "n5", "n6"]), 30_000) !== undefined)
    network.restart("n1")
    network.restart("n2")
    assert.ok(network.until(() => agree(network, network.names), 30_000) !== undefined)
  })
})

describe("the same seed", () => {
  it("gives the same run to the last event", () => {
    const run = () => {
      const network = settled({ nodes: 5, seed: 71, loss: 0.2 })
      network.powerOff("n3")
      network.run(20_000)
      return network.told.map(
        ({ at, by, effect }) => `${at} ${by} ${effect.kind === "member" ? effect.change : effect.kind}`,
      )
    }
    assert.deepEqual(run(), run())
  })
})
