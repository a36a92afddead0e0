import { formatAddress } from "../../ip/format.ts"
import { draw } from "../../membership/random.ts"
import type { RouterFrame, RouterMessage } from "../../ndp/router.ts"
import { allNodes, allRouters, multicastMac } from "../../net/ipv6.ts"
import { sameMac } from "../../net/mac.ts"
import type { Millis } from "../session/time.ts"
import {
  adviseApart,
  adviseEvery,
  answerWithin,
  type Greeter,
  type GreeterEffect,
  type GreeterEvent,
  type GreeterLink,
  type GreeterStep,
  silentAfter,
  solicitations,
  solicitEvery,
} from "./state.ts"

type Turn = { readonly next: Greeter; readonly effects: readonly GreeterEffect[] }

/** `now` never goes back. Step with "tick" at `wakeAt`. */
export const greet = (greeter: Greeter, event: GreeterEvent, now: Millis): GreeterStep => {
  const turn =
    event.kind === "link"
      ? setLink(greeter, event.link, now)
      : event.kind === "heard"
        ? hear(greeter, event.frame, now)
        : { next: greeter, effects: [] }
  const { next, effects } = speak(turn.next, now)
  const due = [next.adviseAt, next.solicitAt].filter(at => at !== undefined)
  return { next, effects: [...turn.effects, ...effects], wakeAt: due.length === 0 ? undefined : Math.min(...due) }
}

/** A link that comes, or has another address now, begins anew: its router may be another one. */
const setLink = (greeter: Greeter, link: GreeterLink | undefined, now: Millis): Turn => {
  if (isSame(greeter.link, link)) return { next: greeter, effects: [] }
  const due = link === undefined ? undefined : now
  const lost =
    greeter.router === undefined
      ? []
      : [{ kind: "found", address: undefined, reason: "ML446", facts: factsOf(greeter) } as const]
  const fresh = { adviseAt: due, solicitAt: due, solicited: 0, router: undefined, rival: undefined }
  return { next: { ...greeter, ...fresh, link }, effects: lost }
}

const isSame = (a: GreeterLink | undefined, b: GreeterLink | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.address === b.address && sameMac(a.mac, b.mac)

const hear = (greeter: Greeter, { from, message }: RouterFrame, now: Millis): Turn => {
  if (greeter.link === undefined || from === greeter.link.address) return { next: greeter, effects: [] }
  return message.kind === "router-solicitation" ? answer(greeter, now) : note(greeter, from, now)
}

/** Before everybody after a random delay, and never twice in three seconds (RFC 4861 section 6.2.6). */
const answer = (greeter: Greeter, now: Millis): Turn => {
  const { value, seed } = draw(greeter.seed)
  const at = Math.max(now + value * answerWithin, greeter.advisedAt + adviseApart)
  return { next: { ...greeter, seed, adviseAt: Math.min(at, greeter.adviseAt ?? at) }, effects: [] }
}

/** A router lifetime of 0 is no farewell: the other side of an unnumbered session need not be anybody's default router. */
const note = (greeter: Greeter, address: bigint, now: Millis): Turn => {
  const { router } = greeter
  const heard = { ...greeter, router: { address, at: now }, solicitAt: undefined }
  if (router?.address === address) return { next: heard, effects: [] }
  const facts = { ...factsOf(greeter), address: textOf(address) }
  if (router === undefined || now - router.at > silentAfter)
    return { next: { ...heard, rival: undefined }, effects: [{ kind: "found", address, reason: "ML453", facts }] }
  if (greeter.rival === address) return { next: greeter, effects: [] }
  const told = { kind: "told", reason: "ML454", facts: { ...facts, chosen: textOf(router.address) } } as const
  return { next: { ...greeter, rival: address }, effects: [told] }
}

/** Sends what is due. A host asks at most three times; whoever answers later is heard by its own advertisements. */
const speak = (greeter: Greeter, now: Millis): Turn => {
  const { link } = greeter
  if (link === undefined) return { next: greeter, effects: [] }
  const effects: GreeterEffect[] = []
  let next = greeter
  if (next.solicitAt !== undefined && next.solicitAt <= now) {
    effects.push(sending(link, allRouters, { kind: "router-solicitation", linkLayer: link.mac }))
    const solicited = next.solicited + 1
    next = { ...next, solicited, solicitAt: solicited < solicitations ? now + solicitEvery : undefined }
  }
  if (next.adviseAt !== undefined && next.adviseAt <= now) {
    effects.push(sending(link, allNodes, { kind: "router-advertisement", lifetime: 0, linkLayer: link.mac }))
    const { value, seed } = draw(next.seed)
    next = { ...next, seed, advisedAt: now, adviseAt: now + adviseEvery * (0.75 + 0.25 * value) }
  }
  return { next, effects }
}

const sending = ({ mac, address }: GreeterLink, to: bigint, message: RouterMessage): GreeterEffect => ({
  kind: "send",
  frame: { destination: multicastMac(to), source: mac, from: address, to, message },
})

const textOf = (value: bigint): string => formatAddress({ family: "IPv6", value })

const factsOf = (greeter: Greeter) => ({ interface: greeter.interface, address: `interface ${greeter.interface}` })
