import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { notificationText } from "../../../agent/core/bgp/wire/words.ts"
import { fatal, tolerated, withScriptedPeer } from "./malformed.ts"
import { waitUntil } from "./patience.ts"
import { type Treated, writeAside } from "./results.ts"
import type { Speaker } from "./speaker.ts"

const counted = async (speaker: Speaker) => (await speaker.report()).counters.malformed

/** What the run saw, for docs/interop.md; it has each as it came, also one that fails. */
const treated: Treated[] = []
const markerLength = 16

const keep = (what: string, bytes: Uint8Array, became: string): void => {
  treated.push({ what, sent: Buffer.from(bytes.subarray(markerLength)).toString("hex"), became })
  writeAside("malformed", treated)
}

const inWords = (withdrawn: number, discarded: number, announced: number): string => {
  if (withdrawn > 0) return "its routes are withdrawn, the session stays"
  if (discarded > 0) return "the attribute is left out, the session stays"
  return announced > 0 ? "the route is taken, the session stays" : "nothing is taken, the session stays"
}

describe("a peer that sends what it should not (RFC 7606, RFC 4271 section 6)", { concurrency: false }, () => {
  it("malformed attributes cost the routes that have them, not the session", { timeout: 60_000 }, () =>
    withScriptedPeer(async (peer, speaker) => {
      for (const [what, bytes, becomes] of tolerated) {
        const before = await counted(speaker)
        const { counters, up } = await speaker.report()
        const learned = up?.learned.announced ?? 0
        peer.send(bytes)
        await waitUntil(`${what} arrives`, async () => {
          const { counters: now, state } = await speaker.report()
          return now.received.update === counters.received.update + 1 || state !== "Established"
        })
        const after = await counted(speaker)
        assert.equal((await speaker.report()).state, "Established", `${what}: the session stays`)
        const now = await speaker.report()
        const announced = (now.up?.learned.announced ?? 0) - learned
        const isUp = now.state === "Established" && now.counters.established === 1
        const [withdrawn, discarded] = [after.withdraw - before.withdraw, after.discard - before.discard]
        keep(what, bytes, isUp ? inWords(withdrawn, discarded, announced) : "the session ends")
        const more = { withdrawn, discarded }
        const wanted = { withdrawn: becomes === "withdrawn" ? 1 : 0, discarded: becomes === "discarded" ? 1 : 0 }
        assert.deepEqual(more, wanted, what)
      }
      assert.equal((await speaker.report()).counters.established, 1)
    }),
  )

  for (const [what, bytes, code, subcode] of fatal)
    it(`${what} ends the session with ${code}.${subcode}`, { timeout: 60_000 }, () =>
      withScriptedPeer(async (peer, speaker) => {
        peer.send(bytes)
        const notification = await peer.notification()
        keep(what, bytes, `the session ends with a NOTIFICATION: ${notificationText(notification)}`)
        assert.deepEqual([notification.code, notification.subcode], [code, subcode])
        await waitUntil("the connection is closed", () => !peer.isOpen())
        assert.ok((await speaker.report()).last !== undefined)
      }),
    )
})
