import assert from "node:assert/strict"
import { test } from "node:test"
import { noBgp } from "../../../agent/core/config/bgp/model.ts"
import { knowsEveryPool } from "../../../agent/core/config/model.ts"
import { configMap, judge, pool, poolLines } from "./fixtures.ts"

const entry = (name: string, addresses: string, protocol = "layer2"): string =>
  `- {name: ${name}, protocol: ${protocol}, addresses: [${addresses}]}\n`
const text = (...entries: string[]): string => `address-pools:\n${entries.join("")}`

test("a pool that broke keeps its last valid version, and says so", () => {
  const before = judge({ pools: [pool("a", ["10.0.0.0/24"])] })
  const verdict = judge({ pools: [pool("a", ["10.0.0.0/24", "oops"])] }, before.config)
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24"])
  assert.match(verdict.problems[0]?.message ?? "", /the last valid version of pool a stays in use/)
  assert.deepEqual(verdict.brokenPools, [])
  assert.equal(knowsEveryPool(verdict), true)
})

test("a pool that is deleted is gone, whatever was valid before", () => {
  const before = judge({ pools: [pool("a", ["10.0.0.0/24"])] })
  const verdict = judge({ pools: [] }, before.config)
  assert.deepEqual(poolLines(verdict), [])
  assert.equal(knowsEveryPool(verdict), true)
})

test("a broken pool without a last valid version is named, so that nothing outside the known pools is cleared", () => {
  const verdict = judge({ pools: [pool("a", ["oops"])] })
  assert.deepEqual(verdict.brokenPools, ["a"])
  assert.equal(knowsEveryPool(verdict), false)
})

test("a last valid version does not take addresses from a pool that is valid now", () => {
  const before = judge({ pools: [pool("a", ["10.0.0.0/24"])] })
  const verdict = judge({ pools: [pool("a", ["oops"]), pool("b", ["10.0.0.128/25"])] }, before.config)
  assert.deepEqual(poolLines(verdict), ["b: 10.0.0.128/25"])
  assert.deepEqual(verdict.brokenPools, ["a"])
})

test("a pool edited to overlap an older one keeps its last valid version", () => {
  const old = pool("a", ["10.0.0.0/24"], { createdAt: 1 })
  const before = judge({ pools: [old, pool("b", ["10.0.1.0/24"], { createdAt: 2 })] })
  const verdict = judge({ pools: [old, pool("b", ["10.0.0.0/23"], { createdAt: 2 })] }, before.config)
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24", "b: 10.0.1.0/24"])
  assert.match(
    verdict.problems[0]?.message ?? "",
    /overlaps with already defined CIDR .* last valid version of pool b stays/,
  )
})

test("the last valid version stays through any number of broken ones", () => {
  const first = judge({ pools: [pool("a", ["10.0.0.0/24"])] })
  const second = judge({ pools: [pool("a", ["oops"])] }, first.config)
  const third = judge({ pools: [pool("a", [])] }, second.config)
  assert.deepEqual(poolLines(third), ["a: 10.0.0.0/24"])
})

test("when the ConfigMap's text breaks, all its pools and their advertisements stay", () => {
  const before = judge({ legacy: configMap(text(entry("a", "10.0.0.0/24"), entry("b", "10.0.1.0/24"))) })
  for (const broken of [
    "address-pools",
    "a:\n\t- b",
    "x: [",
    "hello",
    undefined,
    "adress-pools: []",
    "address-pools: {}",
  ]) {
    const verdict = judge({ legacy: configMap(broken) }, before.config)
    assert.deepEqual(verdict.config, before.config, `with the text ${JSON.stringify(broken)}`)
    assert.equal(verdict.legacyBroken, true)
    assert.equal(knowsEveryPool(verdict), false)
    assert.match(verdict.problems.at(-1)?.message ?? "", /the last valid version stays in use \(pools a, b\)/)
  }
})

test("when one pool of the ConfigMap breaks, it stays as it was and the others are used as they are now", () => {
  const before = judge({ legacy: configMap(text(entry("a", "10.0.0.0/24"), entry("b", "10.0.1.0/24"))) })
  const verdict = judge({ legacy: configMap(text(entry("a", "oops"), entry("b", "10.0.2.0/24"))) }, before.config)
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24", "b: 10.0.2.0/24"])
  assert.deepEqual(
    verdict.config.l2Advertisements.map(({ name }) => name),
    ["a", "b"],
  )
  assert.equal(knowsEveryPool(verdict), true)
})

test("when a pool of the ConfigMap loses its name, any pool before may be the one meant and stays", () => {
  const before = judge({ legacy: configMap(text(entry("a", "10.0.0.0/24"), entry("b", "10.0.1.0/24"))) })
  const nameless = "- {protocol: layer2, addresses: [10.0.0.0/24]}\n"
  const verdict = judge({ legacy: configMap(text(nameless, entry("b", "10.0.1.0/24"))) }, before.config)
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24", "b: 10.0.1.0/24"])
  assert.equal(verdict.legacyBroken, true)
})

test("a deleted ConfigMap, an empty text and an empty list are decisions: its pools go", () => {
  const before = judge({ legacy: configMap(text(entry("a", "10.0.0.0/24"))) })
  for (const legacy of [
    undefined,
    configMap(""),
    configMap("# nothing\n"),
    configMap("address-pools: []"),
    configMap("address-pools:\n"),
  ]) {
    const verdict = judge({ legacy }, before.config)
    assert.deepEqual(verdict.config, { pools: [], l2Advertisements: [], bgp: noBgp })
    assert.equal(knowsEveryPool(verdict), true)
  }
})

test("after a restart a broken ConfigMap names the pools that it still can, and their advertisements hold", () => {
  const verdict = judge({ legacy: configMap(text(entry("a", "oops"), entry("b", "oops", "bgp"))) })
  assert.deepEqual(verdict.brokenPools, ["a", "b"])
  assert.deepEqual(
    verdict.config.l2Advertisements.map(({ name, source }) => [name, source]),
    [["a", "legacy"]],
  )
  assert.equal(verdict.legacyBroken, false)
})
