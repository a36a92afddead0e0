import assert from "node:assert/strict"
import { test } from "node:test"
import type { NetworkInterface } from "../../../agent/ports/interfaces.ts"
import { company, until, vip, without } from "./company.ts"
import { ethernet } from "./fake-link.ts"

const stranger = "02:bb:00:00:00:01"

const settled = async (...more: readonly NetworkInterface[]) => {
  const all = await company()
  const owner = all.speakers.get("node-1") ?? assert.fail("no speaker")
  const eth0 = ethernet(2, "eth0", {
    mac: all.lan.macOf("node-1"),
    addresses: [{ address: "192.0.2.1", prefixLength: 24 }],
  })
  if (more.length > 0) owner.host.change(eth0, ...more)
  await all.clock.advance(12_000)
  assert.equal(all.owner(), "node-1")
  owner.host.taken()
  const events = () => all.cluster.events().filter(line => line.includes("addressConflict"))
  const defences = () =>
    owner.host.taken().filter(line => line.includes(` reply ${vip} `) && line.endsWith("to ff:ff:ff:ff:ff:ff"))
  const claims = async (index: number, ms: number, macs: readonly string[] = [stranger], ask = owner.host.claim) => {
    for (let at = 0; at < ms; at += 250) {
      ask(index, vip, macs[(at / 250) % macs.length] ?? stranger)
      await all.clock.advance(250)
    }
  }
  const claimed = () => {
    const answer = owner.running.questions?.["owners"]?.("") as readonly {
      claimed: { mac: string; interface: string }
    }[]
    return answer[0]?.claimed
  }
  return { all, owner, events, defences, claims, claimed }
}

test("a stranger that claims a settled address for a minute is one event and one line, and is answered every ten seconds", async () => {
  const { all, owner, events, defences, claims, claimed } = await settled()
  assert.equal(claimed(), null)
  await claims(2, 750)
  assert.deepEqual([events(), defences(), claimed()], [[], [], null])
  await claims(2, 59_250)
  await all.clock.advance(5_000)
  assert.deepEqual(events(), [`Service/web addressConflict: ${stranger} claims ${vip} on eth0 [ML342]`])
  assert.equal(owner.lines.filter(line => line.includes("another station claims")).length, 1)
  assert.equal(defences().length, 7)
  assert.equal(owner.metric(`metallb_layer2_claims_received{ip="${vip}"}`), "240")
  assert.equal(owner.metric(`metallb_layer2_defences_sent{ip="${vip}"}`), "7")
  const { at, ...who } = claimed() as { at: number; mac: string; interface: string }
  assert.deepEqual(who, { mac: stranger, interface: "eth0" })
  assert.ok(all.clock.wall() - at < 20_000, `${at}`)
  assert.equal(all.owner(), "node-1")
})

test("another stranger is told as well", async () => {
  const { events, claims } = await settled()
  const second = "02:bb:00:00:00:02"
  await claims(2, 11_000)
  await claims(2, 13_000, [second])
  assert.deepEqual(
    events().map(line => /Conflict: (\S+)/.exec(line)?.[1]),
    [stranger, second],
  )
})

for (const [what, more] of [
  ["an interface without a subnet", ethernet(3, "eth1")],
  ["another link", ethernet(3, "eth1", { addresses: [{ address: "198.51.100.1", prefixLength: 24 }] })],
] as const)
  test(`a stranger on ${what} is told and answered too`, async () => {
    const { all, events, defences, claims } = await settled(more)
    await claims(3, 3_000)
    await all.clock.advance(5_000)
    assert.deepEqual(events(), [`Service/web addressConflict: ${stranger} claims ${vip} on eth1 [ML342]`])
    assert.ok(defences().some(line => line.startsWith("eth1 ")))
  })

test("speakers that hand an address over take each other for no strangers", async () => {
  const all = await company({ without: "node-1" })
  assert.equal(all.owner(), "node-2")
  all.speakers.set("node-1", all.start("node-1"))
  await all.clock.advance(15_000)
  assert.equal(all.owner(), "node-1")
  all.lan.powerOff("node-1")
  without(all, "node-1")
  await until(all, "node-2")
  await all.clock.advance(10_000)
  assert.deepEqual(
    all.cluster.events().filter(line => line.includes("addressConflict")),
    [],
  )
  for (const { metric } of all.speakers.values())
    assert.equal(metric(`metallb_layer2_claims_received{ip="${vip}"}`), undefined)
})
