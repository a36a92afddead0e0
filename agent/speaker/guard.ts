import { unsignedHeartbeat } from "../core/detector/expected.ts"
import { isDetectorPacket } from "../core/detector/packet.ts"
import type { LinkId, NodeName } from "../core/detector/peer.ts"
import { pathTo } from "../core/detector/peer.ts"
import type { Target } from "../core/detector/state.ts"
import {
  newSpeaker,
  type SpeakerEffect,
  type SpeakerEvent,
  type SpeakerState,
  speakerStep,
} from "../core/ownership/speaker.ts"
import { keyOf } from "../core/ownership/state.ts"
import type { Millis, Timer } from "../ports/clock.ts"
import type { Lifeline } from "../ports/lifeline.ts"
import type { LinkSocket, ReceivedDatagram } from "../ports/link-socket.ts"
import type { SocketFault } from "../ports/packet-socket.ts"
import { createBeats } from "./beats.ts"
import type { Guard, GuardEdges, GuardLink, GuardListener, GuardOptions, TapedEvent } from "./guard-terms.ts"
import { createPost } from "./post.ts"
import { createTape } from "./tape.ts"
import { createTurns } from "./turns.ts"

/** Runs `speakerStep` on sockets, timers and the heartbeat thread: who can no longer answer, and what this node answers for. */
export const createGuard = <Socket extends LinkSocket>(
  edges: GuardEdges<Socket>,
  options: GuardOptions,
  listener: GuardListener,
): Guard => {
  const { clock } = edges
  let state = newSpeaker(options.node, options.boot, options.policy)
  let timer: { readonly at: Millis; readonly handle: Timer } | undefined
  let whenLeft: () => void = () => undefined
  let stopped = false
  // BOUNDED by maxLinks.
  const sockets = new Map<LinkId, { readonly link: GuardLink; readonly socket: Socket }>()
  // BOUNDED by the nodes that are watched.
  const lifelines = new Map<NodeName, Lifeline>()
  const post = createPost(options, edges.signing)
  const beats = createBeats(clock, post)
  const tape = createTape<SpeakerState, TapedEvent>()
  const turns = createTurns(
    clock,
    until => {
      edges.heartbeats.wind()
      listener.steadyUntil(until)
    },
    since => step({ type: "stalled", since }),
    state.detector.timings.stall,
  )
  edges.heartbeats.setKeys(options.keys)

  const step = (event: SpeakerEvent): void => {
    catchUp()
    run(event)
  }

  /** What the thread has heard is known before anything else is decided or read. */
  const catchUp = () => {
    const heard = beats.heard()
    if (heard.length > 0) run({ type: "heard", beats: heard })
  }

  const run = (event: SpeakerEvent): void => {
    if (stopped) return
    const now = clock.monotonic()
    const steadySince = now - edges.heartbeats.steadyFor()
    tape.note(state, { ...event, steadySince }, now)
    const { next, effects, wakeAt } = speakerStep(state, event, now, edges.crypto, steadySince)
    state = next
    // Whoever hears that this node has an address may stop answering for it, so what this node does itself comes first.
    for (const effect of effects) if (effect.type !== "send") perform(effect)
    listener.performed()
    for (const effect of effects) if (effect.type === "send") perform(effect)
    arm(wakeAt)
  }

  /** A timer that is due earlier stays. */
  const arm = (at: Millis | undefined) => {
    if (stopped || at === undefined || (timer !== undefined && timer.at <= at)) return
    timer?.handle.cancel()
    // Never early: what is due only then would ask for the rest of a millisecond again.
    const handle = clock.after(Math.max(0, Math.ceil(at - clock.monotonic())), () => {
      timer = undefined
      wake()
    })
    timer = { at, handle }
  }

  /** What has arrived is read before silence is judged. */
  const wake = () => void setImmediate(() => step({ type: "wake" }))

  const perform = (effect: SpeakerEffect): void => {
    if (effect.type === "send") send(effect)
    else if (effect.type === "ask") askFor(effect)
    else if (effect.type === "heartbeats") aim(effect.targets)
    else if (effect.type === "expect") beats.expect(state.detector)
    else if (effect.type === "connect") connect(effect.node, effect.address)
    else if (effect.type === "disconnect") disconnect(effect.node)
    else if (effect.type === "discard-older") listener.discardOlder()
    else if (effect.type === "left") whenLeft()
    else listener.done(effect)
  }

  const askFor = ({ link, addresses, ...more }: Extract<SpeakerEffect, { type: "ask" }>) =>
    listener.ask(link, addresses, "mac" in more ? more.mac : undefined)

  const send = ({ to, link, via, message }: Extract<SpeakerEffect, { type: "send" }>) => {
    const peer = state.detector.peers.get(to)
    const path = peer && pathTo(peer, via)
    const entry = sockets.get(via)
    if (path === undefined || entry === undefined) return
    const fault = entry.socket.send(post.seal(link, message), path.address, options.port)
    if (fault !== undefined) listener.trouble("send-failed", { code: fault.code })
  }

  const aim = (targets: readonly Target[]) =>
    edges.heartbeats.aim(
      targets.flatMap(({ link, address }) => {
        const entry = sockets.get(link)
        if (entry === undefined) return []
        const own = { node: options.node, link, boot: options.boot, mac: entry.link.mac }
        return [{ socket: entry.socket, address, port: options.port, packet: unsignedHeartbeat(own) }]
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
    // Or the packet might be one that the thread has taken already.
    catchUp()
    const opened = post.open(bytes, state.detector.peers)
    if (!opened.ok) {
      listener.trouble(opened.fault, { address })
      return
    }
    const { from, boot, link, message } = opened
    step({ type: "packet", from, boot, link, via, at: clock.monotonic() - age, message })
  }

  const open = (link: GuardLink): void => {
    const { interfaceIndex, address } = link
    const request = { interfaceIndex, address, port: options.port }
    const received = (datagram: ReceivedDatagram) => receive(datagram, link.link)
    const faulted = ({ code }: SocketFault) => listener.trouble("socket", { link: link.link, code })
    let socket: Socket | undefined
    try {
      socket = edges.linkSockets.open(request, { received, faulted })
      beats.open(link.link, edges.heartbeats.listen(socket, request, { received, faulted, silent: wake }))
      sockets.set(link.link, { link, socket })
    } catch (error) {
      socket?.close()
      listener.trouble("no-socket", { link: link.link, error: error instanceof Error ? error.message : String(error) })
    }
  }

  const close = (name: LinkId, socket: Socket) => {
    beats.close(name)
    socket.close()
    sockets.delete(name)
  }

  const setLinks = (links: readonly GuardLink[]) => {
    const before = new Map(sockets)
    for (const [name, { link, socket }] of before) {
      const next = links.find(other => other.link === name)
      const same =
        next?.interfaceIndex === link.interfaceIndex && next.address === link.address && next.mac === link.mac
      if (!same) close(name, socket)
    }
    for (const link of links) if (!sockets.has(link.link)) open(link)
    // A link without a socket is as good as down: nothing could be heard of it.
    step({
      type: "links",
      links: links.map(({ interfaceIndex: _, ...link }) => ({ ...link, up: link.up && sockets.has(link.link) })),
    })
    // The thread sends on the sockets that it was given.
    const replaced = [...before].some(([name, { socket }]) => sockets.has(name) && sockets.get(name)?.socket !== socket)
    if (replaced) {
      aim(state.detector.targets)
      beats.expect(state.detector)
    }
    turns.start()
  }

  const stop = () => {
    stopped = true
    timer?.handle.cancel()
    turns.stop()
    for (const node of [...lifelines.keys()]) disconnect(node)
    for (const [name, { socket }] of sockets) close(name, socket)
    edges.heartbeats.stop()
  }

  return {
    setPeers: peers => {
      step({ type: "peers", peers })
      post.tidy(state.detector.peers)
    },
    setLinks,
    setWanted: wanted => step({ type: "wanted", wanted }),
    setPolicy: policy => step({ type: "policy", policy }),
    setApiAway: away => {
      if (away !== state.ownership.apiAway) step({ type: "api", away })
    },
    setKeys: keys => {
      post.setKeys(keys)
      edges.heartbeats.setKeys(keys)
    },
    frame: (link, mac, claims, age, source) =>
      step({ type: "frame", link, mac, claims, at: clock.monotonic() - age, source }),
    datagram: datagram => receive(datagram, undefined),
    stalled: age => step({ type: "stalled", since: clock.monotonic() - age }),
    seats: () =>
      [...state.ownership.seats.values()].map(({ vip, link, mine, reason, facts, ranking }) => ({
        ...{ vip, link, mine, reason, facts, ranking },
      })),
    recording: tape.lines,
    silent: node => [...sockets.keys()].filter(link => state.ownership.gone.has(keyOf(node, link))),
    leave: (within, restarts) =>
      new Promise(resolve => {
        const deadline = clock.after(within, resolve)
        whenLeft = () => {
          deadline.cancel()
          resolve()
        }
        step({ type: "leave", restarts })
      }),
    stop,
  }
}
