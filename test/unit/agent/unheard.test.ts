import assert from "node:assert/strict"
import { test } from "node:test"
import type { NetworkInterface } from "../../../agent/ports/interfaces.ts"
import type { CompanyAnswer } from "../../../agent/speaker/company/answer.ts"
import { company, vip } from "./company.ts"
import { ethernet } from "./fake-link.ts"

type All = Awaited<ReturnType<typeof company>>

const eth0 = (index: number): NetworkInterface =>
  ethernet(2, "eth0", {
    mac: `02:00:00:00:01:0${index}`,
    addresses: [{ address: `192.0.2.${index}`, prefixLength: 24 }],
  })
const eth1 = (address: string, running = true): NetworkInterface =>
  ethernet(3, "eth1", { running, addresses: [{ address, prefixLength: 24 }] })

const answer = (all: All, node: string, addresses = ""): CompanyAnswer =>
  all.speakers.get(node)?.running.questions?.["company"]?.(addresses) as CompanyAnswer

const barred = (all: All, node: string) =>
  answer(all, node, vip).seats.flatMap(seat => seat.barred.map(one => [one.node, one.reason, one.facts["link"]]))

/** Allowed are eth0 everywhere else, and eth1, which node-1 has besides. */
const onlyEth1 = async (first: NetworkInterface) => {
  const all = await company()
  assert.equal(all.owner(), "node-1")
  all.speakers.get("node-1")?.host.change(eth0(1), first)
  for (const [place, name] of ["node-2", "node-3"].entries())
    all.speakers.get(name)?.host.change({ ...eth0(place + 2), name: "eth1" })
  await all.clock.advance(1_000)
  all.cluster.l2Advertisement("all", { interfaces: ["eth1"] })
  for (let at = 0; at < 3_000 && all.owner() !== "node-2"; at += 1) await all.clock.advance(1)
  return all
}

test("a node whose allowed interface is on another link than the address leaves it to the next one, and says so", async () => {
  const all = await onlyEth1(eth1("198.51.100.1"))
  assert.equal(all.owner(), "node-2")
  assert.deepEqual(barred(all, "node-1"), [["node-1", "ML325", "192.0.2.0/24"]])
})

test("so does one whose allowed interface has no carrier, until it has one", async () => {
  const all = await onlyEth1(eth1("192.0.2.9", false))
  assert.equal(all.owner(), "node-2")
  assert.deepEqual(barred(all, "node-1"), [["node-1", "ML326", undefined]])
  all.speakers.get("node-1")?.host.change(eth0(1), eth1("192.0.2.9"))
  await all.clock.advance(100)
  assert.deepEqual(barred(all, "node-1"), [])
})

test("beside a speaker of MetalLB neither link nor carrier counts", async () => {
  const all = await onlyEth1(eth1("198.51.100.1", false))
  all.lan.foreign("node-4", true)
  await all.clock.advance(100)
  assert.equal(answer(all, "node-1").seats.find(seat => seat.vip === vip)?.mine, "yes")
  assert.deepEqual(barred(all, "node-1"), [])
})

test("asked for some addresses, a speaker says nothing of others", async () => {
  const all = await company()
  assert.deepEqual(answer(all, "node-1", "192.0.2.99").seats, [])
  assert.equal(answer(all, "node-1", `192.0.2.99,${vip}`).seats.length, 1)
  assert.equal(answer(all, "node-1").seats.length, 1)
})
