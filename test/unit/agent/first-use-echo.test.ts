import assert from "node:assert/strict"
import { test } from "node:test"
import type { EchoSockets } from "../../../agent/ports/echo.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { announced, assigned, live, nobody, reports, speak, standard } from "./first-using.ts"

/** Hosts behind a router that answer echo requests: these addresses; what was asked. */
const behindRouter = (...there: readonly string[]) => {
  const asked: string[] = []
  let open = 0
  const echoSockets: EchoSockets = {
    open: (family, received) => {
      open += 1
      return {
        send: (bytes, to) => {
          asked.push(to)
          const reply = Buffer.from([0x45, ...new Array(19).fill(0), ...bytes])
          reply[20] = 0
          if (family === "IPv4" && there.includes(to)) queueMicrotask(() => received(reply, to))
          return undefined
        },
        close: () => {
          open -= 1
        },
      }
    },
  }
  return { echoSockets, asked, open: () => open }
}

const beyond = (index: number, address: string) =>
  fakeHost(ethernet(index, "eth0", { addresses: [{ address, prefixLength: 24 }] }))

test("a pool with conflictCheck icmp: an address of no own subnet is asked for by ping too, and one that answers is a conflict", async () => {
  const cluster = standard({ conflictCheck: "icmp" })
  const remote = behindRouter("192.0.2.10")
  const { host, lines } = speak(cluster, "node-1", beyond(2, "198.51.100.1"), remote)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 1_000, nobody)
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
