import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { explainFault, explainHappening } from "../../../agent/core/membership/explain.ts"
import { weightOf } from "../../../agent/core/membership/happening.ts"
import { type Envelope, envelopeOverhead } from "../../../agent/core/membership/wire/envelope.ts"
import { wireFaults } from "../../../agent/core/membership/wire/fault.ts"
import { fixOf, phraseOf } from "../../../agent/core/sentence.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { membershipLog } from "../../../agent/ports/membership-log.ts"
import { plainEnvelope } from "./recorded.ts"

describe("what goes wrong between speakers", () => {
  it("is explained with the names in it", () => {
    const explained = explainHappening({ what: "member-dead", about: "worker-2" }, "worker-1")
    assert.ok(explained !== undefined)
    assert.equal(phraseOf(explained.code, explained.facts), "declared dead: answers nobody")
    assert.match(fixOf(explained.code, explained.facts), /spec\.nodeName=worker-2/)
    assert.equal(explainHappening({ what: "mode-changed", about: "compatible" }, "a")?.code, "ML385")
    assert.equal(explainHappening({ what: "mode-changed", about: "swift" }, "a"), undefined)
    assert.equal(explainHappening({ what: "ping-answered", about: "b" }, "a"), undefined)
  })

  it("tells a wrong key from rubbish, for every fault there is", () => {
    const from = { address: "10.0.0.2", port: 7946 }
    for (const fault of wireFaults) {
      const { code, facts } = explainFault(fault, from)
      assert.equal(code, fault.startsWith("cipher-") ? "ML381" : "ML387")
      assert.ok(phraseOf(code, facts).startsWith("10.0.0.2:7946 "))
    }
  })

  it("is logged once a minute, however often it happens, while changes are logged each time", () => {
    const lines: string[] = []
    let now = 0
    const clock = { wall: () => 0, monotonic: () => now, after: () => ({ cancel: () => undefined }) }
    const log = membershipLog(createLog({ level: "all", clock, write: line => lines.push(line) }, "test"), clock, "me")
    const from = { address: "10.0.0.2", port: 7946 }
    for (let i = 0; i < 3; i += 1) log.refused("cipher-key", from)
    assert.equal(lines.length, 1)
    log.refused("checksum", from)
    assert.equal(lines.length, 2)
    now = 60_000
    log.refused("cipher-key", from)
    assert.equal(lines.length, 3)
    assert.match(lines[0] ?? "", /"fix":"kubectl rollout restart .*"reason":"ML381"/)
    for (let i = 0; i < 2; i += 1) log.happened({ what: "member-joined", about: "b" })
    for (let i = 0; i < 2; i += 1) log.happened({ what: "ping-for-another", about: "b" })
    log.happened({ what: "ping-answered", about: "b" })
    assert.equal(lines.length, 6)
    assert.equal(weightOf("ping-answered"), "quiet")
  })
})

describe("the envelope's overhead", () => {
  it("counts label and encryption, where there are any", () => {
    const overhead = (change: Partial<Envelope>) => envelopeOverhead({ ...plainEnvelope, ...change })
    const keys = [new Uint8Array(16)]
    assert.equal(overhead({}), 0)
    assert.equal(overhead({ label: "blue" }), 6)
    assert.equal(overhead({ keys }), 29)
    assert.equal(overhead({ keys, cipherVersion: 0 }), 45)
    assert.equal(overhead({ keys, verifyOutgoing: false }), 0)
    assert.equal(overhead({ keys, label: "blue" }), 35)
  })
})
