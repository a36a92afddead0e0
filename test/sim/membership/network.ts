import { encodeMark } from "../../../agent/core/detector/mark.ts"
import { nextWake } from "../../../agent/core/membership/clockwork.ts"
import type { Effect } from "../../../agent/core/membership/effect.ts"
import { type Endpoint, endpointKey } from "../../../agent/core/membership/endpoint.ts"
import type { MembershipEvent } from "../../../agent/core/membership/event.ts"
import { isLive } from "../../../agent/core/membership/member.ts"
import { draw } from "../../../agent/core/membership/random.ts"
import type { Settings } from "../../../agent/core/membership/settings.ts"
import { createState, type State } from "../../../agent/core/membership/state.ts"
import { step } from "../../../agent/core/membership/step.ts"
import { decodePacketMessage, decodeStreamMessage } from "../../../agent/core/membership/wire/decode.ts"
import type { PacketMessage } from "../../../agent/core/membership/wire/message.ts"
import { createTape, type Tape } from "../../../agent/speaker/tape.ts"
import { timeline } from "./timeline.ts"

/** A node of the virtual network. `up`: its host answers; `running`: its process does; `paused`: it is stopped in its tracks. */
export type SimNode = {
  readonly name: string
  readonly endpoint: Endpoint
  state: State
  up: boolean
  running: boolean
  paused: boolean
  /** What came while it was paused: the sockets keep it. */
  inbox: MembershipEvent[]
  tick: { readonly at: number; readonly cancel: () => void } | undefined
  /** As a speaker keeps one of itself. */
  readonly tape: Tape<State, MembershipEvent>
}

/** What a node concluded, and when. */
export type Told = {
  readonly at: number
  readonly by: string
  readonly effect: Extract<Effect, { kind: "member" | "mode" | "left" | "heard" }>
}

export type NetworkOptions = {
  readonly nodes: number
  readonly seed: number
  readonly settings?: Settings | "automatic"
  /** Probability that one packet is lost on its way, 0..1. */
  readonly loss?: number
  /** Names of nodes without our mark. */
  readonly foreign?: ReadonlySet<string>
}

/**
 * Nodes, packets and connections in virtual time: one thread, one seed, no sockets. Packets take 0.2 to 0.6 ms and may be
 * lost; of a connection lost segments are sent again after TCP's 1 s (SYN) or 200 ms, so loss makes it late, not broken.
 */
export const createNetwork = (options: NetworkOptions) => {
  const time = timeline()
  const nodes = new Map<string, SimNode>()
  const byEndpoint = new Map<string, SimNode>()
  const told: Told[] = []
  let seed = options.seed
  let loss = options.loss ?? 0
  let cut: (a: string, b: string) => boolean = () => false
  let cutPackets: (a: string, b: string) => boolean = () => false
  let packets = 0
  let streams = 0
  const answers = new Map<number, (message: Uint8Array | undefined) => void>()

  const random = (): number => {
    const drawn = draw(seed)
    seed = drawn.seed
    return drawn.value
  }
  const latency = () => 0.2 + random() * 0.4

  const deliver = (node: SimNode, event: MembershipEvent): void => {
    if (!node.up || !node.running) return
    if (node.paused) {
      node.inbox.push(event)
      return
    }
    node.tape.note(node.state, event, time.now())
    const { next, effects } = step(node.state, event, time.now())
    node.state = next
    for (const effect of effects) perform(node, effect)
    arm(node)
  }

  const arm = (node: SimNode): void => {
    const at = nextWake(node.state, time.now())
    if (node.tick?.at === at) return
    node.tick?.cancel()
    node.tick = undefined
    if (!Number.isFinite(at)) return
    const cancel = time.at(at, () => {
      node.tick = undefined
      if (node.paused) node.inbox.unshift({ kind: "tick", due: at })
      else deliver(node, { kind: "tick", due: at })
    })
    node.tick = { at, cancel }
  }

  const perform = (node: SimNode, effect: Effect): void => {
    if (effect.kind === "send") send(node, effect.to, effect.messages)
    else if (effect.kind === "dial") dial(node, effect)
    else if (effect.kind === "answer") answers.get(effect.stream)?.(effect.message)
    else if (effect.kind === "close") answers.get(effect.stream)?.(undefined)
    else told.push({ at: time.now(), by: node.name, effect })
  }

  const reachable = (from: SimNode, to: SimNode): boolean => to.up && from.up && !cut(from.name, to.name)

  const send = (node: SimNode, to: Endpoint, messages: readonly Uint8Array[]): void => {
    packets += 1
    const target = byEndpoint.get(endpointKey(to))
    const lost = random() < loss
    const wait = latency()
    if (target === undefined || lost || !reachable(node, target) || cutPackets(node.name, target.name)) return
    time.at(time.now() + wait, () => {
      if (reachable(node, target))
        deliver(target, { kind: "packet", from: node.endpoint, messages: messages.map(decodeOrThrow) })
    })
  }

  /** How long it takes until a segment and its acknowledgement got through, sent again after `rto`, doubled each time. */
  const segment = (rto: number): number => {
    let wait = latency()
    let again = rto
    while (random() < loss || random() < loss) {
      wait += again
      again *= 2
    }
    return wait
  }

  const dial = (node: SimNode, effect: Extract<Effect, { kind: "dial" }>): void => {
    const target = byEndpoint.get(endpointKey(effect.to))
    let open = true
    const end = (event: MembershipEvent) => {
      if (!open) return
      open = false
      deliver(node, event)
    }
    const hangup = (sent: boolean) => end({ kind: "hangup", exchange: effect.exchange, sent })
    time.at(effect.until, () => hangup(false))
    if (target === undefined) return
    time.at(time.now() + segment(1000) + segment(200), () => {
      if (!open || !reachable(node, target)) return
      if (!target.running) return hangup(false)
      const message = decodeStreamMessage(effect.message)
      if (!message.ok) throw new Error(`a node sent what cannot be read: ${message.fault}`)
      streams += 1
      const stream = streams
      answers.set(stream, answer => {
        answers.delete(stream)
        if (answer === undefined) return hangup(!effect.expectsReply)
        const reply = decodeStreamMessage(answer)
        if (!reply.ok) throw new Error(`a node answered what cannot be read: ${reply.fault}`)
        time.at(time.now() + segment(200), () => {
          if (reachable(target, node)) end({ kind: "reply", exchange: effect.exchange, message: reply.value })
        })
      })
      deliver(target, {
        kind: "request",
        stream,
        from: { address: node.endpoint.address, port: 40_000 },
        message: message.value,
      })
    })
  }

  const boot = (name: string, index: number): SimNode => {
    const endpoint = { address: `10.0.${index >> 8}.${index & 255}`, port: 7946 }
    const meta = options.foreign?.has(name) === true ? new Uint8Array(0) : encodeMark({ boot: 1, links: [] })
    const settings = options.settings ?? "automatic"
    const state = createState(
      { name, endpoint, meta, settings, overhead: 29 },
      Math.floor(random() * 2 ** 32),
      time.now(),
    )
    if (state === undefined) throw new Error("the address of a virtual node is an address")
    const fresh = { up: true, running: true, paused: false, inbox: [], tick: undefined }
    const node: SimNode = { name, endpoint, state, ...fresh, tape: createTape() }
    nodes.set(name, node)
    byEndpoint.set(endpointKey(endpoint), node)
    return node
  }

  const nodeOf = (name: string): SimNode => {
    const node = nodes.get(name)
    if (node === undefined) throw new Error(`no virtual node is called ${name}`)
    return node
  }

  for (let index = 1; index <= options.nodes; index += 1) boot(`n${index}`, index)
  const endpoints = [...nodes.values()].map(node => node.endpoint)
  // The API tells every node of all, not all at one moment.
  for (const node of nodes.values()) time.at(random() * 200, () => deliver(node, { kind: "peers", endpoints }))

  return {
    told,
    names: [...nodes.keys()],
    now: time.now,
    run: (forMillis: number) => time.run(time.now() + forMillis),
    /** Runs until `condition` holds, looked at every 10 ms; the time it took, or undefined after `within`. */
    until: (condition: () => boolean, within: number): number | undefined => {
      const began = time.now()
      while (time.now() - began < within) {
        if (condition()) return time.now() - began
        time.run(time.now() + 10)
      }
      return condition() ? within : undefined
    },
    random,
    state: (name: string) => nodeOf(name).state,
    tape: (name: string) => nodeOf(name).tape.lines(),
    send: (name: string, event: MembershipEvent) => deliver(nodeOf(name), event),
    setLoss: (probability: number) => {
      loss = probability
    },
    /** Cuts the network wherever `between` says so, in both directions. */
    partition: (between: (a: string, b: string) => boolean) => {
      cut = between
    },
    /** Drops UDP wherever `between` says so, from the first to the second; connections still work. */
    dropPackets: (between: (from: string, to: string) => boolean) => {
      cutPackets = between
    },
    powerOff: (name: string) => {
      nodeOf(name).up = false
    },
    kill: (name: string) => {
      nodeOf(name).running = false
    },
    pause: (name: string) => {
      nodeOf(name).paused = true
    },
    resume: (name: string) => {
      const node = nodeOf(name)
      node.paused = false
      const waiting = node.inbox
      node.inbox = []
      for (const event of waiting) deliver(node, event)
    },
    /** A new process on the node: it has forgotten everything. */
    restart: (name: string) => {
      const old = nodeOf(name)
      old.tick?.cancel()
      const node = boot(name, [...nodes.keys()].indexOf(name) + 1)
      deliver(node, { kind: "peers", endpoints })
    },
    members: (name: string): readonly string[] =>
      [...nodeOf(name).state.members.values()]
        .filter(isLive)
        .map(member => member.name)
        .sort(),
    packets: () => packets,
  }
}

export type Network = ReturnType<typeof createNetwork>

const decodeOrThrow = (bytes: Uint8Array): PacketMessage => {
  const read = decodePacketMessage(bytes)
  if (!read.ok) throw new Error(`a node sent what cannot be read: ${read.fault}`)
  return read.value
}

/** True where every node named sees exactly the nodes named as live. */
export const agree = (network: Network, names: readonly string[]): boolean => {
  const expected = [...names].sort().join()
  return names.every(name => network.members(name).join() === expected)
}
