import assert from "node:assert/strict"
import { test } from "node:test"
import { detectorKey } from "../../../agent/core/detector/packet.ts"
import { newMailbox, sealMail } from "../../../agent/core/ownership/mail.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import type { LinkListener } from "../../../agent/ports/link-socket.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"
import { createGuard } from "../../../agent/speaker/guard.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"

const link = "192.0.2.0/24"
const vip = "192.0.2.10"
const keys = [detectorKey(new TextEncoder().encode("a secret of the test"), signingCrypto)]
const other = { node: "node-2", address: "192.0.2.2", mac: "02:00:00:00:00:02" }

test("this node can answer before anybody hears that it will", async () => {
  const clock = virtualClock()
  const calls: string[] = []
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
      heartbeats: {
        aim: () => undefined,
        report: () => ({ sent: 0, empty: 0, failed: 0, latest: 0 }),
        stop: () => undefined,
      },
      lifelines: { open: () => ({ close: () => undefined }) },
      crypto: nodeCrypto,
      signing: signingCrypto,
    },
    {
      node: "node-1",
      boot: 1,
      keys,
      policy: { failbackAfter: undefined, mixed: false },
      port: 7946,
    },
    {
      done: effect => void calls.push(effect.type),
      performed: () => void calls.push("performed"),
      ask: () => undefined,
      discardOlder: () => undefined,
      passOn: () => undefined,
      trouble: what => assert.fail(what),
    },
  )
  guard.setPeers([{ node: other.node, boot: 1, alive: true, links: [{ link, address: other.address }] }])
  guard.setLinks([
    { link, interfaceIndex: 2, mac: "02:00:00:00:00:01", address: "192.0.2.1", up: true, gateway: undefined },
  ])
  await clock.advance(1_000)
  // Who has acknowledged everything is told the next thing at once.
  const ack = { type: "ack", page: 0, version: 1 } as const
  const { bytes } = sealMail(newMailbox(other.node, 1, keys), link, ack, signingCrypto)
  socket?.received({ bytes, address: other.address, port: 7946, age: 0 })
  await clock.advance(100)
  guard.frame(link, other.mac, undefined, 0)
  calls.length = 0
  guard.setWanted([{ vip, link, ranking: ["node-1", "node-2"], precedence: "0".repeat(16) }])
  assert.deepEqual(calls.slice(0, 3), ["start", "performed", "send"])
  guard.stop()
})
