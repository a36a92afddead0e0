import { encodeMark } from "../../../agent/core/detector/mark.ts"
import { keyOfSecret } from "../../../agent/core/membership/key.ts"
import { lanSettings, type Settings } from "../../../agent/core/membership/settings.ts"
import { loadAddon } from "../../../agent/native/addon.ts"
import { realClock } from "../../../agent/ports/clock.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import { nativeLinkSockets } from "../../../agent/ports/link-socket-native.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { type Membership, type MembershipNews, startMembership } from "../../../agent/ports/membership.ts"
import { nativePacketCrypto } from "../../../agent/ports/membership-crypto.ts"
import type { Neighbour } from "../../../agent/ports/membership-tcp.ts"
import type { GoSpec } from "./peer.ts"

/**
 * Both sides probe five times faster than the default, so that a death takes two seconds and not ten. States are exchanged
 * every 2 s and not every 30: among 20 nodes gossip misses one now and then, and nothing else tells it.
 */
export const quickGo = { probe: 200, timeout: 80, gossip: 50, suspicion: 3, pushPull: 2000 } as const
export const quickSettings: Settings = {
  ...lanSettings,
  probeInterval: 200,
  probeTimeout: 80,
  gossipInterval: 50,
  pushPullInterval: 2000,
  suspicionMult: 3,
  suspicionMaxTimeoutMult: 4,
}

export type SpeakerOptions = Pick<GoSpec, "name" | "addr" | "port"> & {
  readonly keys?: readonly Uint8Array[]
  readonly label?: string
  readonly compress?: boolean
  readonly settings?: Settings | "automatic"
  readonly neighbour?: Neighbour
}

/** Metadata of one of our speakers whose process started at `boot`. */
export const markOf = (boot: number): Uint8Array => encodeMark({ boot, links: [] })

export type Speaker = Membership & {
  readonly name: string
  readonly at: string
  readonly news: MembershipNews[]
  readonly counts: Map<string, number>
  readonly names: () => readonly string[]
  /** "joined go1", "dead go1", … for everything told of members. */
  readonly changes: () => readonly string[]
}

/** One of our nodes, with its sockets. */
export const startSpeaker = async (options: SpeakerOptions): Promise<Speaker> => {
  const addon = loadAddon()
  const news: MembershipNews[] = []
  const counts = new Map<string, number>()
  const membership = await startMembership({
    sockets: nativeLinkSockets(addon),
    name: options.name,
    bind: { address: options.addr, port: options.port },
    envelope: {
      label: options.label ?? "",
      keys: options.keys ?? [],
      cipherVersion: 1,
      verifyIncoming: true,
      verifyOutgoing: true,
      compression: options.compress ?? false,
    },
    settings: options.settings ?? quickSettings,
    meta: markOf(1),
    seed: Math.floor(Math.random() * 2 ** 32),
    clock: realClock,
    crypto: nativePacketCrypto(addon),
    neighbour: options.neighbour,
    log: createLog({ level: "none", clock: realClock, write: () => undefined }, "membership"),
    onNews: one => news.push(one),
    onCount: name => counts.set(name, (counts.get(name) ?? 0) + 1),
  })
  return {
    ...membership,
    name: options.name,
    at: `${options.addr}:${options.port}`,
    news,
    counts,
    names: () => membership.members().map(member => member.name),
    changes: () => news.flatMap(one => (one.kind === "member" ? [`${one.change} ${one.member.name}`] : [])),
  }
}

/** Such as MetalLB's controller makes it. */
export const secretText = "TG9yZW0gaXBzdW0gZG9sb3"

/** The key that MetalLB's speakers have for it. */
export const metallbKey = (): Uint8Array => {
  const key = keyOfSecret(Buffer.from(secretText), nodeCrypto)
  if (key === undefined) throw new Error("a secret that is not empty gives a key")
  return key
}

/** Waits until the condition holds; says what was seen instead when the time is over. */
export const eventually = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  seen: () => unknown = () => "",
  within = 10_000,
): Promise<void> => {
  const until = performance.now() + within
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`${what}: not within ${within} ms; seen ${JSON.stringify(seen())}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
