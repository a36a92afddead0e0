import { join } from "node:path"
import { type Announcer, type AnnouncerEvent, announcerAtStart, step } from "../../agent/core/announcer/announcer.ts"
import { parseMac } from "../../agent/core/net/mac.ts"
import { address } from "../unit/allocate/fixtures.ts"
import { type Machine, replayFolder } from "./replay.ts"

/** Events as a recorder writes them: addresses and MACs as text, frames in hexadecimal. */
type Recorded =
  | { readonly own: Readonly<Record<string, readonly string[] | "all">> }
  | { readonly links: Readonly<Record<string, string>> }
  | { readonly again: readonly string[] }
  | "tick"

const read = (event: Recorded): AnnouncerEvent => {
  if (event === "tick") return { kind: "tick" }
  if ("again" in event) return { kind: "again", addresses: event.again.map(address) }
  if ("links" in event) {
    const links = Object.entries(event.links).map(([name, mac]) => ({
      name,
      mac: parseMac(mac) ?? new Uint8Array(0),
      families: ["IPv4", "IPv6"] as const,
    }))
    return { kind: "links", links }
  }
  const wishes = Object.entries(event.own).map(([text, interfaces]) => ({ address: address(text), interfaces }))
  return { kind: "own", wishes }
}

replayFolder(join(import.meta.dirname, "announcer"), (): Machine => {
  let state: Announcer = announcerAtStart
  return (event, at) => {
    const { next, effects, wakeAt, reason } = step(state, read(event as Recorded), at)
    state = next
    const sent = effects.map(one => ({ send: Buffer.from(one.frame).toString("hex"), interface: one.interface }))
    return [...sent, { reason, ...(wakeAt === undefined ? {} : { wakeAt }) }]
  }
})
