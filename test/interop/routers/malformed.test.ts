import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { fatal, tolerated, withScriptedPeer } from "./malformed.ts"
import { waitUntil } from "./patience.ts"
import type { Speaker } from "./speaker.ts"

const counted = async (speaker: Speaker) => (await speaker.report()).counters.malformed

describe("a peer that sends what it should not (RFC 7606, RFC 4271 section 6)", { concurrency: false }, () => {
  it("malformed attributes cost the routes that have them, not the session", { timeout: 60_000 }, () =>
    withScriptedPeer(async (peer, speaker) => {
      for (const [what, bytes, becomes] of tolerated) {
        const before = await counted(speaker)
        const { counters } = await speaker.report()
        peer.send(bytes)
        await waitUntil(`${what} arrives`, async () => {
          const { counters: now, state } = await speaker.report()
          return now.received.update === counters.received.update + 1 || state !== "Established"
        })
        const after = await counted(speaker)
        assert.equal((await speaker.report()).state, "Established", `${what}: the session stays`)
        const more = { withdrawn: after.withdraw - before.withdraw, discarded: after.discard - before.discard }
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
        assert.deepEqual([notification.code, notification.subcode], [code, subcode])
        await waitUntil("the connection is closed", () => !peer.isOpen())
        assert.ok((await speaker.report()).last !== undefined)
      }),
    )
})
