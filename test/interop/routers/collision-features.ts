import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fromRecord } from "../../../agent/core/bgp/recording.ts"
import type { SessionEffect } from "../../../agent/core/bgp/session/effect.ts"
import type { SessionEvent } from "../../../agent/core/bgp/session/event.ts"
import type { Feature, Found } from "./feature.ts"
import { staysSo, waitUntil } from "./patience.ts"
import { established, has, routesFor, type Scene } from "./scene.ts"

const rule = "both sides open a connection at the same moment, and the one of RFC 4271 section 6.8 stays"

/** Two connections of one session; the router's identifier is 10.79.0.2. */
export const collisionFeatures: readonly Feature[] = [
  {
    name: `collision, the router's identifier is the higher one: ${rule}`,
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: scene => collide(scene, 0x0a4f0001, "peer"),
  },
  {
    name: `collision, the speaker's identifier is the higher one: ${rule}`,
    core: false,
    carried: ["IPv4", "IPv6"],
    prove: scene => collide(scene, 0x0a4f0003, "us"),
  },
]

/**
 * The router has a SYN under way that a filter drops, and is frozen. The speaker's connection is answered by the router's kernel; the filter goes, and
 * the router's SYN comes again: two connections stand before the router says a word. That of the higher identifier has to win. A router that closes
 * one of the two before its OPEN has left nothing to decide, and one that has a session on the first before its OPEN on the second neither: what is
 * established stays.
 */
const collide = async (scene: Scene, routerId: number, winner: "us" | "peer"): Promise<Found> => {
  const { ours, theirs } = scene.cable
  const count = (state: string) =>
    theirs
      .run("ss", "-Htn", "state", state)
      .split("\n")
      .filter(line => line.includes(":179")).length
  ours.run("nft", "add table inet wall")
  ours.run("nft", "add chain inet wall input { type filter hook input priority 0; }")
  ours.run("nft", "add rule inet wall input tcp dport 179 drop")
  const router = await scene.router({ connects: true })
  await waitUntil("the router is frozen with a SYN under way", async () => {
    router.signal("SIGSTOP")
    if (count("syn-sent") > 0) return true
    router.signal("SIGCONT")
    return false
  })
  const record = join(scene.cable.folder, "speaker.jsonl")
  const speaker = await scene.speaker({ listens: true, settings: { routerId }, record })
  await waitUntil("the speaker's connection stands", async () => (await speaker.report()).state === "OpenSent")
  ours.run("nft", "delete table inet wall")
  await waitUntil("two connections stand", () => count("established") === 2)
  router.signal("SIGCONT")
  await established(router, speaker)
  await has(router, routesFor(scene.families))
  await staysSo("the session", async () => (await speaker.report()).state === "Established", 2_000)
  const { up, counters } = await speaker.report()
  // The other side may confirm both before it takes one back.
  assert.ok(counters.established <= 2)
  const decided = decidedIn(readFileSync(record, "utf8"))
  if (decided === "never")
    return { notReached: "it closes one of the two before it says OPEN on it, and nobody has anything to decide" }
  if (decided === "by the session that is up" && up?.opener !== winner)
    return {
      notReached: "it has a session on one of the two before it says OPEN on the other, and what is established stays",
    }
  assert.equal(up?.opener, winner)
  return "one side said “connection collision resolution” (6/7), and the connection of the higher identifier stays"
}

type Line = { readonly event?: SessionEvent; readonly effect?: SessionEffect }

/** The end of a NOTIFICATION: its type, Cease, connection collision resolution. */
const resolution = Buffer.from([3, 6, 7])
const resolves = (bytes: Uint8Array) => Buffer.from(bytes.subarray(-resolution.length)).equals(resolution)

/** Whether a side ended a connection because of the other one, and whether that one was a session already. */
const decidedIn = (record: string): "never" | "by identifiers" | "by the session that is up" => {
  let isEstablished = false
  for (const text of record.split("\n").filter(line => line !== "")) {
    const { event, effect } = fromRecord(JSON.parse(text)) as Line
    if (effect?.kind === "changed") isEstablished = effect.to === "Established"
    const isResolved =
      (event?.kind === "received" && resolves(event.bytes)) || (effect?.kind === "send" && resolves(effect.bytes))
    if (isResolved) return isEstablished ? "by the session that is up" : "by identifiers"
  }
  return "never"
}
