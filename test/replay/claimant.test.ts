import { join } from "node:path"
import { step, type Watch, type WatchEvent, watchAtStart } from "../../agent/core/claimant/watch.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { formatMac, parseMac, zeroMac } from "../../agent/core/net/mac.ts"
import { address } from "../unit/allocate/fixtures.ts"
import { type Machine, replayFolder } from "./replay.ts"

/** Events as a recorder writes them: addresses and MACs as text. */
type Recorded =
  | { readonly own: readonly string[] }
  | { readonly claim: string; readonly mac: string; readonly on: string }
  | "tick"

const read = (event: Recorded): WatchEvent => {
  if (event === "tick") return { kind: "tick" }
  if ("own" in event) return { kind: "own", addresses: event.own.map(address) }
  const who = { address: address(event.claim), mac: parseMac(event.mac) ?? zeroMac, interface: event.on }
  return { kind: "claim", defend: true, ...who }
}

replayFolder(join(import.meta.dirname, "claimant"), (): Machine => {
  let state: Watch = watchAtStart
  return (event, at) => {
    const { next, effects, wakeAt, reason } = step(state, read(event as Recorded), at)
    state = next
    const done = effects.map(effect =>
      effect.kind === "defend"
        ? { defend: formatAddress(effect.address) }
        : { tell: formatAddress(effect.address), mac: formatMac(effect.mac), on: effect.interface },
    )
    return [...done, { reason, ...(wakeAt === undefined ? {} : { wakeAt }) }]
  }
})
