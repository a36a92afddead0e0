import assert from "node:assert/strict"
import { test } from "node:test"
import { detectorKey } from "../../../agent/core/detector/packet.ts"
import { newMailbox, sealMail } from "../../../agent/core/ownership/mail.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import type { LinkListener } from "../../../agent/ports/link-socket.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"
import { createGuard } from "../../../agent/speaker/guard.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"
import { fakeHeartbeats } from "./fake-heartbeats.ts"

const link = "192.0.2.0/24"
const vip = "192.0.2.10"
const keys = [detectorKey(new TextEncoder().encode("a secret of the test"), signingCrypto)]
const other = { node: "node-2", address: "192.0.2.2", mac: "02:00:00:00:00:02" }

/** The guard of node-1 in virtual time, and what it does. */
const guarded = () => {
  const clock = virtualClock()
  const calls: string[] = []
  const troubles: string[] = []
  const asked: string[] = []
  const thread = fakeHeartbeats(clock)
  let socket: LinkListener | undefined
  const guard = createGuard(
    {
      clock,
      linkSockets: {
        open: (_, listener) => {
          socket = listener
          return {
            send: () => {
              calls.push("send")
              return undefined
            },
            close: () => undefined,
          }
        },
      },
      heartbeats: thread.heartbeats,
      lifelines: {
        open: (_, __, told) => {
          clock.after(1, () => told("accepted"))
          return { close: () => undefined }
        },
      },
      crypto: nodeCrypto,
      signing: signingCrypto,
    },
    { node: "node-1", boot: 1, keys, policy: { failbackAfter: undefined, mixed: false }, port: 7946 },
    {
      done: effect => void calls.push(effect.type),
      performed: () => void calls.push("performed"),
      ask: (_, addresses) => void asked.push(...addresses),
      steadyUntil: () => undefined,
      discardOlder: () => void calls.push("discard older"),
      passOn: () => undefined,
      trouble: what => void troubles.push(what),
    },
  )
  guard.setPeers([{ node: other.node, boot: 1, alive: true, links: [{ link, address: other.address }] }])
  guard.setLinks([{ link, interfaceIndex: 2, mac: "02:00:00:00:00:01", address: "192.0.2.1", up: true, gateways: [] }])
  const read = (bytes: Uint8Array) => socket?.received({ bytes, address: other.address, port: 7946, age: 0 })
  /** node-2 has heard that this one claims nothing. */
  const acknowledge = () => {
    const ack = { type: "ack", page: 0, version: 1 } as const
    read(sealMail(newMailbox(other.node, 1, keys), link, ack, signingCrypto).bytes)
  }
  return { clock, calls, troubles, asked, thread, guard, read, acknowledge }
}

test("this node can answer before anybody hears that it will", async () => {
  const { clock, calls, troubles, guard, acknowledge } = guarded()
  await clock.advance(1_000)
  // Who has acknowledged everything is told the next thing at once.
  acknowledge()
  await clock.advance(100)
  guard.frame(link, other.mac, undefined, 0)
  calls.length = 0
  guard.setWanted([{ vip, link, ranking: ["node-1", "node-2"], precedence: "0".repeat(16) }])
  assert.deepEqual(calls.slice(0, 3), ["start", "performed", "send"])
  assert.deepEqual(troubles, [])
  guard.stop()
})

/** Heartbeats of node-2 every 50 ms, given to the thread. */
const beating = async ({ clock, thread }: ReturnType<typeof guarded>, times: number, first: number) => {
  const heartbeat = { type: "heartbeat", mac: other.mac } as const
  const sent: Uint8Array[] = []
  let box = { ...newMailbox(other.node, 1, keys), sequence: first }
  for (let at = 0; at < times; at += 1) {
    const { next, bytes } = sealMail(box, link, heartbeat, signingCrypto)
    box = next
    sent.push(bytes)
    thread.arrive({ bytes, address: other.address, port: 7946, age: 0 })
    await clock.advance(50)
  }
  return sent
}

test("heartbeats that are expected take no step, and their silence is asked about after 150 ms", async () => {
  const all = guarded()
  await beating(all, 40, 0)
  assert.equal(all.thread.counts.alike, 39)
  all.acknowledge()
  const steps = () => all.calls.filter(call => call === "performed").length
  const before = steps()
  await beating(all, 100, 40)
  assert.equal(all.thread.counts.alike, 139)
  // What was waiting to be acknowledged.
  assert.ok(steps() - before <= 2, `${steps() - before} steps`)
  assert.equal(all.asked.length, 0)
  // The last one is 50 ms old.
  await all.clock.advance(95)
  assert.equal(all.asked.length, 0)
  await all.clock.advance(10)
  assert.ok(all.asked.includes(other.address))
  assert.deepEqual(all.troubles, [])
  all.guard.stop()
})

test("a heartbeat that the thread has counted is not taken once more", async () => {
  const all = guarded()
  const sent = await beating(all, 40, 0)
  for (const bytes of sent.slice(20)) all.read(bytes)
  assert.deepEqual(all.troubles, Array<string>(20).fill("replayed"))
  all.guard.stop()
})

test("an event loop that came round over 100 ms late has stood still", async () => {
  const all = guarded()
  await beating(all, 40, 0)
  assert.equal(all.thread.counts.empty, 0)
  all.clock.stall(100)
  await all.clock.advance(1)
  assert.ok(!all.calls.includes("discard older"), "100 ms are at most 100 ms late")
  await all.clock.advance(500)
  all.clock.stall(260)
  await all.clock.advance(1)
  assert.ok(all.calls.includes("discard older"))
  all.guard.stop()
})
