import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { lanSettings, type Settings } from "../../../agent/core/membership/settings.ts"
import { falseDeathRate } from "./false-deaths.ts"
import { agree, createNetwork, type Network } from "./network.ts"
import { powerLaw, quantile, spread } from "./stats.ts"

/** A cluster in which everybody knows everybody, at a random moment of everybody's timers. */
const settled = (nodes: number, seed: number, settings: Settings | "automatic" = "automatic"): Network => {
  const network = createNetwork({ nodes, seed, settings })
  assert.ok(network.until(() => agree(network, network.names), 30_000) !== undefined, "the cluster never came together")
  network.run(2000 + network.random() * 1000)
  return network
}

/** Deaths that were declared since `from`: who, by whom, when. */
const deaths = (network: Network, from: number) =>
  network.told.flatMap(({ at, by, effect }) =>
    at >= from && effect.kind === "member" && effect.change === "dead" ? [{ at, by, who: effect.member.name }] : [],
  )

/** How long each survivor took to declare each victim dead. Fails where anybody else was declared so. */
const detectionTimes = (network: Network, victims: readonly string[], within: number): readonly number[] => {
  const began = network.now()
  for (const victim of victims) network.powerOff(victim)
  const survivors = network.names.filter(name => !victims.includes(name))
  const wanted = survivors.length * victims.length
  const found = () => deaths(network, began).filter(({ by }) => survivors.includes(by))
  assert.ok(network.until(() => found().length >= wanted, within) !== undefined, `not all noticed within ${within} ms`)
  assert.deepEqual([...new Set(found().map(({ who }) => who))].sort(), [...victims].sort())
  return found().map(({ at }) => at - began)
}

const sample = (
  nodes: number,
  runs: number,
  victims: readonly string[],
  settings: Settings | "automatic" = "automatic",
) =>
  Array.from({ length: runs }, (_, run) => detectionTimes(settled(nodes, 100 + run, settings), victims, 30_000)).flat()

describe("a node whose power is cut", () => {
  it("is declared dead by each of the others in 1 s median and 1.5 s p95, with 4 to 20 nodes of ours", t => {
    for (const nodes of [2, 3, 4, 8, 12, 20]) {
      const times = sample(nodes, 40, ["n1"])
      t.diagnostic(`${nodes} nodes: ${spread(times)} ms`)
      assert.ok(quantile(times, 0.5) <= 1000, `${nodes} nodes: ${spread(times)}`)
      assert.ok(quantile(times, 0.95) <= 1500, `${nodes} nodes: ${spread(times)}`)
    }
  })

  it("together with others is declared dead within 2.5 s", t => {
    for (const [nodes, victims] of [
      [4, ["n1", "n2"]],
      [20, ["n1", "n2", "n3", "n4", "n5"]],
    ] as const) {
      const times = sample(nodes, 15, victims)
      t.diagnostic(`${victims.length} of ${nodes} nodes: ${spread(times)} ms`)
      assert.ok(quantile(times, 0.95) <= 2500, spread(times))
    }
  })

  it("takes as long as among MetalLB's speakers where LAN settings are in force", t => {
    const times = sample(4, 15, ["n1"], lanSettings)
    t.diagnostic(`4 nodes with the library's LAN settings: ${spread(times)} ms`)
    assert.ok(quantile(times, 0.5) >= 4000 && quantile(times, 0.95) <= 15_000, spread(times))
  })
})

describe("a node that is well", () => {
  it("is never suspected while no packet is lost, 20 nodes for 5 minutes", () => {
    const network = settled(20, 5)
    const began = network.now()
    network.run(5 * 60_000)
    assert.deepEqual(
      network.told.filter(({ at, effect }) => at >= began && effect.kind === "member"),
      [],
    )
    assert.ok(agree(network, network.names))
  })

  it("is wrongly declared dead at a rate that falls with a high power of the loss", t => {
    const [high, low] = [falseDeathRate(0.6, 15), falseDeathRate(0.5, 25)]
    const { power, at } = powerLaw([
      { loss: 0.6, rate: high },
      { loss: 0.5, rate: low },
    ])
    const atOnePercent = at(0.01)
    t.diagnostic(`false deaths a node-hour: ${high.toFixed(1)} at 60 % loss, ${low.toFixed(1)} at 50 %`)
    t.diagnostic(`power ${power.toFixed(1)}, extrapolated to 1 %: ${atOnePercent.toExponential(1)} a node-hour`)
    assert.ok(low > 0, "too short to see any; the extrapolation would have no footing")
    assert.ok(power >= 5)
    assert.ok(atOnePercent < 1e-5)
    assert.equal(falseDeathRate(0.2, 10), 0)
  })

  it("but reached by TCP alone stays a member", () => {
    const network = settled(5, 9)
    const began = network.now()
    network.dropPackets((_, to) => to === "n1")
    network.run(60_000)
    assert.deepEqual(deaths(network, began), [])
  })
})
