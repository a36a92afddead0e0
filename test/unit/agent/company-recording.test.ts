import assert from "node:assert/strict"
import { test } from "node:test"
import { keyOfSecret } from "../../../agent/core/membership/key.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import type { TapedLine } from "../../../agent/speaker/tape.ts"
import { tapedMember } from "../../replay/taped-membership.ts"
import { taped } from "../../replay/taped-speaker.ts"
import { company, vip } from "./company.ts"

test("a speaker that is asked gives its last events, which play again what it did, and no secret", async () => {
  const all = await company()
  all.lan.powerOff("node-1")
  all.speakers.delete("node-1")
  await all.clock.until("a new owner", () => all.owner() === "node-2", 20_000)
  const ask = all.speakers.get("node-2")?.running.questions?.["recording"]
  const linesOf = (of: string) => ask?.(of) as readonly TapedLine[]
  const play = (of: string, machine: ReturnType<typeof taped>) =>
    JSON.parse(JSON.stringify(linesOf(of))).flatMap(({ at, event }: TapedLine) => machine(event, at)) as readonly {
      readonly [field: string]: unknown
    }[]
  const started = play("ownership", taped()).filter(({ type }) => type === "start")
  assert.deepEqual(
    started.map(({ vip: address, from, reason }) => [address, from, reason]),
    [[vip, "node-1", "ML361"]],
  )
  const [peers] = linesOf("membership").slice(1)
  assert.equal(peers && (peers.event as { kind?: string }).kind, "peers")
  assert.ok(play("membership", tapedMember()).some(({ reason }) => reason === "peers-known"))
  assert.equal(ask?.("nothing"), undefined)
  const secret = Buffer.from("a secret of the test")
  const key = Buffer.from(keyOfSecret(secret, nodeCrypto) ?? secret)
  const text = JSON.stringify([linesOf("ownership"), linesOf("membership")])
  for (const form of [
    secret.toString(),
    ...[secret, key].flatMap(one => [one.toString("hex"), one.toString("base64")]),
  ])
    assert.ok(!text.includes(form))
})
