import assert from "node:assert/strict"
import { test } from "node:test"
import { service } from "../allocate/fixtures.ts"
import { node } from "../announce/fixtures.ts"
import { pool } from "../config/fixtures.ts"
import { whoHas } from "./fixtures.ts"

const key = { "metallb.io/allow-shared-ip": "k" }
const pools = [pool("public", ["203.0.113.16/28"], { avoidBuggyIPs: false })]
const at = (name: string, createdAt: number, more = {}) =>
  service(`shop/${name}`, { ips: ["203.0.113.17"], from: "public", createdAt, ...more })

test("who holds an address, with ports and sharing key, older first", () => {
  const report = whoHas("203.0.113.17", {
    pools,
    services: [at("b", 2, { annotations: key, ports: ["TCP/443"] }), at("a", 1, { annotations: key })],
  })
  assert.deepEqual([report.state, report.pool], ["held", "public"])
  assert.deepEqual(report.holders, [
    { service: "shop/a", ours: true, ports: ["TCP/80"], sharingKey: "k" },
    { service: "shop/b", ours: true, ports: ["TCP/443"], sharingKey: "k" },
  ])
  assert.deepEqual(
    report.services.map(one => one.service),
    ["shop/a", "shop/b"],
  )
})

test("an address that two services claim shows both", () => {
  const report = whoHas("203.0.113.17", { pools, services: [at("young", 2), at("old", 1)] })
  assert.deepEqual(
    report.holders.map(one => one.service),
    ["shop/old", "shop/young"],
  )
  assert.deepEqual(
    report.services.map(one => one.state),
    ["assigned", "changing"],
  )
})

test("a service of another load balancer is shown as that, without an account of ours", () => {
  const report = whoHas("203.0.113.17", { pools, services: [at("other", 1, { loadBalancerClass: "x" })] })
  assert.deepEqual(
    report.holders.map(({ ours }) => ours),
    [false],
  )
  assert.deepEqual(report.services, [])
})

test("free, avoided, outside, carried by a node, not an address", () => {
  const of = (text: string, more = {}) => {
    const { state, reason } = whoHas(text, { pools, ...more })
    return `${state} ${reason}`
  }
  assert.equal(of("203.0.113.20"), "free ML129")
  assert.equal(of("10.9.9.9"), "outside ML109")
  assert.equal(of("nonsense"), "outside ML008")
  assert.equal(
    of("203.0.113.0", { pools: [pool("public", ["203.0.113.0/28"], { avoidBuggyIPs: true })] }),
    "outside ML115",
  )
  assert.equal(of("203.0.113.20", { nodes: [node("n1", { addresses: ["203.0.113.20"] })] }), "held ML135")
})

test("what was not read is unknown, never free", () => {
  const of = (what: "services" | "pools" | "legacyConfig") =>
    whoHas("10.9.9.9", { pools, unread: [{ what, why: "forbidden" }] }).state
  assert.equal(of("services"), "unknown")
  assert.equal(of("pools"), "unknown")
  assert.equal(of("legacyConfig"), "unknown")
})

test("an address is answered in its canonical form", () => {
  assert.equal(whoHas("2001:DB8:0::1", { pools }).address, "2001:db8::1")
})
