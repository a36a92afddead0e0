import assert from "node:assert/strict"
import { test } from "node:test"
import { behindRouter } from "./behind-router.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { announced, assigned, live, nobody, reports, speak, standard } from "./first-using.ts"

const beyond = (index: number, address: string) =>
  fakeHost(ethernet(index, "eth0", { addresses: [{ address, prefixLength: 24 }] }))

test("a pool with conflictCheck icmp: an address of no own subnet is asked for by ping too, and one that answers is a conflict", async () => {
  const cluster = standard({ conflictCheck: "icmp" })
  const remote = behindRouter("192.0.2.10")
  const { host, lines } = speak(cluster, "node-1", beyond(2, "198.51.100.1"), remote)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 2_000, nobody)
  assert.equal(announced(frames, "192.0.2.10"), false)
  assert.deepEqual(
    reports(cluster).map(status => {
      const { conflict, conditions } = status as { conflict: { mac: string }; conditions: { message: string }[] }
      return [conflict.mac, conditions[0]?.message]
    }),
    [["echo", "192.0.2.10 answers ICMP echo requests, so it is not announced [ML349]"]],
    lines.join(""),
  )
  assert.deepEqual(cluster.events(), [
    "Service/web announceFailed: 192.0.2.10 answers ICMP echo requests, so it is not announced [ML349]",
  ])
  assert.equal(remote.open(), 0, "no socket stays open")
})

test("what answers no ping is announced after three, and an address of an own subnet is not pinged", async () => {
  const cluster = standard({ conflictCheck: "icmp" })
  const remote = behindRouter()
  const { host } = speak(cluster, "node-1", beyond(2, "198.51.100.1"), remote)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  assert.equal(announced(await live(cluster, host, 1_500, nobody), "192.0.2.10"), true)
  assert.deepEqual(remote.asked, ["192.0.2.10", "192.0.2.10", "192.0.2.10"])
  const near = standard({ conflictCheck: "icmp" })
  const beside = behindRouter("192.0.2.10")
  const other = speak(near, "node-1", beyond(2, "192.0.2.1"), beside)
  await near.clock.advance(1_000)
  assigned(near, "web", "192.0.2.10")
  assert.equal(announced(await live(near, other.host, 300, nobody), "192.0.2.10"), true)
  assert.deepEqual(beside.asked, [])
})

test("where free addresses of the pool answer as well, a router answers for everything: the pool is announced unasked, with a warning", async () => {
  const cluster = standard({ conflictCheck: "icmp" })
  const remote = behindRouter("all")
  const { host } = speak(cluster, "node-1", beyond(2, "198.51.100.1"), remote)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  assert.equal(announced(await live(cluster, host, 1_000, nobody), "192.0.2.10"), true)
  assert.deepEqual(reports(cluster), [])
  assert.deepEqual(
    cluster.events().filter(event => event.includes("conflictCheckOff")),
    [
      "Node/node-1 conflictCheckOff: 192.0.2.10 of pool public answers echo requests, and so does every free address beside it [ML174]",
    ],
  )
})
