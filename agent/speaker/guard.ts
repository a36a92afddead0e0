import type { Crypto, SigningCrypto } from "../core/crypto.ts"
import { isDetectorPacket } from "../core/detector/packet.ts"
import type { LinkId, NodeName, OwnLink, Peer } from "../core/detector/peer.ts"
import { pathTo } from "../core/detector/peer.ts"
import type { Target } from "../core/detector/state.ts"
import { type Mail, newMailbox, openMail, sealMail, tidyMail } from "../core/ownership/mail.ts"
import { newSpeaker, type SpeakerEffect, type SpeakerEvent, speakerStep } from "../core/ownership/speaker.ts"
import { keyOf, type Policy, type Seat, type Wanted } from "../core/ownership/state.ts"
import type { Clock, Millis, Timer } from "../ports/clock.ts"
import type { Heartbeats } from "../ports/heartbeat.ts"
import type { Lifeline, Lifelines } from "../ports/lifeline.ts"
import type { LinkSocket, LinkSockets, ReceivedDatagram } from "../ports/link-socket.ts"

export type GuardEdges<Socket extends LinkSocket> = {
  readonly clock: Clock
  readonly linkSockets: LinkSockets<Socket>
  readonly heartbeats: Heartbeats<Socket>
  readonly lifelines: Lifelines
  readonly crypto: Crypto
  readonly signing: SigningCrypto
}

export type GuardOptions = {
  readonly node: NodeName
  /** Start of this process in milliseconds since the epoch; in the mark too. */
  readonly boot: number
  readonly keys: readonly Uint8Array[]
  readonly policy: Policy
  /** The membership's port, 7946. */
  readonly port: number
}

/** An end of a link that carries VIPs; `interfaceIndex` is the kernel's number of its interface. */
export type GuardLink = OwnLink & { readonly interfaceIndex: number }

export type Done = Extract<
  SpeakerEffect,
  { type: "start" | "stop" | "announce" | "foreign" | "gone" | "back" | "count" }
>

export type GuardListener = {
  /** Answer, stop, announce once more; or something to log and count. */
  readonly done: (effect: Done) => void
  /** All of one step was given to `done`, and others will hear of it next: what is to be answered for should be by then. */
  readonly performed: () => void
  /** Ask for these addresses on the link; what answers comes back through `frame`. */
  readonly ask: (link: LinkId, addresses: readonly string[]) => void
  /** The loop stood still: what the packet sockets received before now is not to be answered. */
  readonly discardOlder: () => void
  /** A datagram of the membership that came to a socket of the guard. */
  readonly passOn: (datagram: ReceivedDatagram) => void
  /** A packet or a socket that is no good, by name. */
  readonly trouble: (what: string, facts: Readonly<Record<string, string>>) => void
}

export type Guard = {
  /** All speakers of ours but this one. Before the first `setLinks`. */
  readonly setPeers: (peers: readonly Peer[]) => void
  readonly setLinks: (links: readonly GuardLink[]) => void
  readonly setWanted: (wanted: readonly Wanted[]) => void
  readonly setPolicy: (policy: Policy) => void
  readonly setApiAway: (away: boolean) => void
  readonly setKeys: (keys: readonly Uint8Array[]) => void
  /** Somebody else's ARP packet or neighbour message, received `age` milliseconds ago. */
  readonly frame: (link: LinkId, mac: string, claims: string | undefined, age: Millis) => void
  /** A datagram of the detector that came to the membership's socket. */
  readonly datagram: (datagram: ReceivedDatagram) => void
  /** A packet shows that the loop stood still for over 100 ms. */
  readonly stalled: (age: Millis) => void
  /** Each address that somebody may announce, and what this speaker makes of it. */
  readonly seats: () => readonly Pick<Seat, "vip" | "link" | "mine" | "reason" | "facts" | "ranking">[]
  /** The links on which the node was found to answer no more. */
  readonly silent: (node: NodeName) => readonly LinkId[]
  /** Hands everything over; resolves when that is done, or after `within`. */
  readonly leave: (within: Millis) => Promise<void>
  readonly stop: () => void
}

/** Runs `speakerStep` on sockets, timers and the heartbeat thread: who can no longer answer, and what this node answers for. */
export const createGuard = <Socket extends LinkSocket>(
  edges: GuardEdges<Socket>,
  options: GuardOptions,
  listener: GuardListener,
): Guard => {
  const { clock } = edges
  let state = newSpeaker(options.node, options.boot, options.policy)
  let box = newMailbox(options.node, options.boot, options.keys)
  let timer: { readonly at: Millis; readonly handle: Timer } | undefined
  let whenLeft: () => void = () => undefined
  let stopped = false
  // BOUNDED by maxLinks.
  const sockets = new Map<LinkId, { readonly link: GuardLink; readonly socket: Socket }>()
  // BOUNDED by the nodes that are watched.
  const lifelines = new Map<NodeName, Lifeline>()

  const step = (event: SpeakerEvent): void => {
    if (stopped) return
    const { next, effects, wakeAt } = speakerStep(state, event, clock.monotonic(), edges.crypto)
    state = next
    // Whoever hears that this node has an address may stop answering for it, so what this node does itself comes first.
    for (const effect of effects) if (effect.type !== "send") perform(effect)
    listener.performed()
    for (const effect of effects) if (effect.type === "send") perform(effect)
    arm(wakeAt)
  }

  /** A timer that is due earlier stays: heartbeats put the deadline off forty times a second. */
  const arm = (at: Millis | undefined) => {
    if (stopped || at === undefined || (timer !== undefined && timer.at <= at)) return
    timer?.handle.cancel()
    // Never early: what is due only then would ask for the rest of a millisecond again.
    const handle = clock.after(Math.max(0, Math.ceil(at - clock.monotonic())), () => {
      timer = undefined
      // What has arrived is read before silence is judged.
      setImmediate(() => step({ type: "wake" }))
    })
    timer = { at, handle }
  }

  const perform = (effect: SpeakerEffect): void => {
    if (effect.type === "send") send(effect)
    else if (effect.type === "ask") listener.ask(effect.link, effect.addresses)
    else if (effect.type === "heartbeats") aim(effect.targets)
    else if (effect.type === "connect") connect(effect.node, effect.address)
    else if (effect.type === "disconnect") disconnect(effect.node)
    else if (effect.type === "discard-older") listener.discardOlder()
    else if (effect.type === "left") whenLeft()
    else listener.done(effect)
  }

  const seal = (link: LinkId, message: Mail): Uint8Array => {
    const { next, bytes } = sealMail(box, link, message, edges.signing)
    box = next
    return bytes
  }

  const send = ({ to, link, via, message }: Extract<SpeakerEffect, { type: "send" }>) => {
    const peer = state.detector.peers.get(to)
    const path = peer && pathTo(peer, via)
    const entry = sockets.get(via)
    if (path === undefined || entry === undefined) return
    const fault = entry.socket.send(seal(link, message), path.address, options.port)
    if (fault !== undefined) listener.trouble("send-failed", { code: fault.code })
  }

  const aim = (targets: readonly Target[]) =>
    edges.heartbeats.aim(
      targets.flatMap(({ link, address }) => {
        const entry = sockets.get(link)
        const beat = () => seal(link, { type: "heartbeat", mac: entry?.link.mac ?? "" })
        return entry === undefined ? [] : [{ socket: entry.socket, address, port: options.port, seal: beat }]
      }),
    )

  const connect = (node: NodeName, address: string) => {
    disconnect(node)
    const told = (how: "accepted" | "refused" | "lost") => step({ type: "connection", node, state: how })
    lifelines.set(node, edges.lifelines.open(address, options.port, told))
  }

  const disconnect = (node: NodeName) => {
    lifelines.get(node)?.close()
    lifelines.delete(node)
  }

  const receive = (datagram: ReceivedDatagram, via: LinkId | undefined): void => {
    if (isDetectorPacket(datagram.bytes)) read(datagram, via)
    else listener.passOn(datagram)
  }

  const read = ({ bytes, address, age }: ReceivedDatagram, via: LinkId | undefined): void => {
    const opened = openMail(box, bytes, state.detector.peers, edges.signing)
    if (!opened.ok) {
      listener.trouble(opened.fault, { address })
      return
    }
    box = opened.next
    const { from, boot, link, message } = opened
    step({ type: "packet", from, boot, link, via, at: clock.monotonic() - age, message })
  }

  const open = (link: GuardLink): void => {
    const { interfaceIndex, address } = link
    try {
      const socket = edges.linkSockets.open(
        { interfaceIndex, address, port: options.port },
        {
          received: datagram => receive(datagram, link.link),
          faulted: ({ code }) => listener.trouble("socket", { link: link.link, code }),
        },
      )
      sockets.set(link.link, { link, socket })
    } catch (error) {
      listener.trouble("no-socket", { link: link.link, error: error instanceof Error ? error.message : String(error) })
    }
  }

  const setLinks = (links: readonly GuardLink[]) => {
    const before = new Map(sockets)
    for (const [name, { link, socket }] of before) {
      const next = links.find(other => other.link === name)
      const same =
        next?.interfaceIndex === link.interfaceIndex && next.address === link.address && next.mac === link.mac
      if (same) continue
      socket.close()
      sockets.delete(name)
    }
    for (const link of links) if (!sockets.has(link.link)) open(link)
    // A link without a socket is as good as down: nothing could be heard of it.
    step({
      type: "links",
      links: links.map(({ interfaceIndex: _, ...link }) => ({ ...link, up: link.up && sockets.has(link.link) })),
    })
    // The thread sends on the sockets that it was given.
    const replaced = [...before].some(([name, { socket }]) => sockets.has(name) && sockets.get(name)?.socket !== socket)
    if (replaced) aim(state.detector.targets)
  }

  const stop = () => {
    stopped = true
    timer?.handle.cancel()
    edges.heartbeats.stop()
    for (const node of [...lifelines.keys()]) disconnect(node)
    for (const { socket } of sockets.values()) socket.close()
    sockets.clear()
  }

  return {
    setPeers: peers => {
      step({ type: "peers", peers })
      box = tidyMail(box, state.detector.peers)
    },
    setLinks,
    setWanted: wanted => step({ type: "wanted", wanted }),
    setPolicy: policy => step({ type: "policy", policy }),
    setApiAway: away => step({ type: "api", away }),
    setKeys: keys => {
      box = { ...box, keys }
    },
    frame: (link, mac, claims, age) => step({ type: "frame", link, mac, claims, at: clock.monotonic() - age }),
    datagram: datagram => receive(datagram, undefined),
    stalled: age => step({ type: "stalled", since: clock.monotonic() - age }),
    seats: () =>
      [...state.ownership.seats.values()].map(({ vip, link, mine, reason, facts, ranking }) => ({
        ...{ vip, link, mine, reason, facts, ranking },
      })),
    silent: node => [...sockets.keys()].filter(link => state.ownership.gone.has(keyOf(node, link))),
    leave: within =>
      new Promise(resolve => {
        const deadline = clock.after(within, resolve)
        whenLeft = () => {
          deadline.cancel()
          resolve()
        }
        step({ type: "leave" })
      }),
    stop,
  }
}
