import type { Address } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { IpFamily } from "../core/model.ts"
import { type HeardStation, heardIn } from "../core/net/heard.ts"
import { formatMac, type Mac, sameMac } from "../core/net/mac.ts"
import { askerFor, questionFor } from "../core/net/question.ts"
import type { Claim } from "../core/net/response.ts"
import type { Listening } from "../core/probe/ask.ts"
import { type Evidence, evidenceIn } from "../core/probe/frame.ts"
import type { Clock, Millis, Timer } from "../ports/clock.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { Metrics } from "../ports/metrics.ts"
import type { MulticastGroups } from "../ports/multicast-groups.ts"
import type { PacketSocket, PacketSockets, ReceivedFrame, SocketFault } from "../ports/packet-socket.ts"
import { createAnswerCounts } from "./answer-counts.ts"
import { createGroups, keyOf, type Member } from "./groups.ts"
import type { UsableLink } from "./links.ts"
import { type Sense, senses } from "./senses.ts"

/** An address to answer for, and where. `inStead`: the MAC of the owner in whose name it is. */
export type Voice = {
  readonly address: Address
  readonly interfaces: readonly string[] | "all"
  readonly inStead?: Mac | undefined
}

/** The sockets of this node: one for each family on each usable interface, deaf to everything but the addresses that it owns. */
export type Ears = {
  readonly setLinks: (links: readonly UsableLink[]) => void
  readonly setVoices: (voices: readonly Voice[]) => void
  /** Addresses that others may answer for; what is asked no longer leaves the filters with their next change. */
  readonly setQuestions: (questions: readonly Listening[]) => void
  /** Sends a frame of a family; false where the interface has no socket or the kernel refuses, which is told. */
  readonly send: (interfaceName: string, family: IpFamily, frame: Uint8Array) => boolean
  /** Asks for addresses, `of` one station or of all, and lets whatever comes from them in for two seconds. */
  readonly ask: (interfaceName: string, targets: readonly Address[], of?: Mac) => void
  /** What the kernel has received before now is not answered. */
  readonly discardOlder: () => void
  /** The event loop is known to turn until this instant; before the first call, always. */
  readonly steadyUntil: (until: Millis) => void
  /** Interfaces that have no socket, with the reason. */
  readonly deaf: () => readonly string[]
  readonly stop: () => void
}

export type EarsListener = {
  /** A socket failed: the interfaces should be looked at again. */
  readonly trouble: () => void
  /** Another station says that it has an address of this node. */
  readonly claimed: (claim: Claim, interfaceName: string) => void
  /** Another station has an address that is asked for, or wants it. */
  readonly answered: (evidence: Evidence, interfaceName: string) => void
  /** A station spoke on the interface; `age` in milliseconds since the kernel received it. */
  readonly heard: (station: HeardStation, interfaceName: string, age: Millis) => void
}

/** A frame that the kernel has had for less is answered first, and then told: nobody could have taken over meanwhile. */
const freshFor: Millis = 50
/** Answers come within milliseconds, questions may be repeated for longer. */
const curiousFor: Millis = 2_000

type Ear = Member & {
  readonly sense: Sense
  readonly socket: PacketSocket
  filter: string
  /** What the socket answers by itself, as a text. */
  answers: string
  /** What was asked for lately. BOUNDED by whoever asks: an owner's address, its node, and a few others. */
  readonly curious: Map<bigint, Address>
  forgets: Timer | undefined
}

const printOf = ({ address, interfaces, subject }: Listening): string =>
  `${formatAddress(address)} ${interfaces.join()} ${subject}`

export const createEars = (
  edges: {
    readonly packetSockets: PacketSockets
    readonly multicastGroups: MulticastGroups
    readonly metrics: Metrics
    readonly log: Log
    readonly clock: Clock
  },
  listener: EarsListener,
): Ears => {
  const { packetSockets, multicastGroups, metrics, log, clock } = edges
  const counts = createAnswerCounts(metrics, log)
  /** By interface and family. Bounded by the interfaces of the host. */
  const ears = new Map<string, Ear>()
  /** What does not work, by interface and family, told once. */
  const failures = new Map<string, { readonly protocol: string; readonly name: string; readonly why: string }>()
  const groups = createGroups(multicastGroups, log)
  let links: readonly UsableLink[] = []
  let voices: Readonly<Record<IpFamily, ReadonlyMap<bigint, Voice>>> = { IPv4: new Map(), IPv6: new Map() }
  let questions: readonly Listening[] = []

  const announces = (family: IpFamily, name: string) => (value: bigint) => {
    const voice = voices[family].get(value)
    if (voice === undefined) return "no"
    return voice.interfaces === "all" || voice.interfaces.includes(name) ? "here" : "elsewhere"
  }

  const asked = ({ link, family }: Ear): readonly Listening[] =>
    questions.filter(({ address, interfaces }) => address.family === family && interfaces.includes(link.name))

  /** What the kernel received before this instant is not answered. */
  let since: Millis = Number.NEGATIVE_INFINITY
  /** Later this process may have stood still without having noticed. */
  let until: Millis = Number.POSITIVE_INFINITY

  const license = ({ socket }: Pick<Ear, "socket">) => socket.license({ until, since, freshFor })

  const hear = (ear: Ear, { bytes, age, answered }: ReceivedFrame) => {
    const station = heardIn(bytes, ear.family)
    const tell = () => {
      if (station !== undefined && !links.some(link => sameMac(link.mac, station.mac)))
        listener.heard(station, ear.link.name, age)
    }
    // Whoever asked waits for the answer alone; only what is old may not be answered, which is for whoever hears of it to say.
    const first = age >= freshFor || clock.monotonic() > until
    if (first) tell()
    if (answered !== undefined || clock.monotonic() - age >= since) answer(ear, bytes, station, answered)
    if (!first) tell()
  }

  const answer = (
    ear: Ear,
    bytes: Uint8Array,
    station: HeardStation | undefined,
    answered: ReceivedFrame["answered"],
  ) => {
    const { name, mac } = ear.link
    const here = asked(ear)
    const isAsked = (value: bigint) => here.some(({ address }) => address.value === value)
    const evidence = here.length === 0 ? undefined : evidenceIn(ear.family, bytes, mac, isAsked)
    const inStead = (value: bigint) => voices[ear.family].get(value)?.inStead
    const response = ear.sense.respond(bytes, { interface: name, mac, announces: announces(ear.family, name), inStead })
    const { claim, reply } = response
    // Whoever asked waits for the reply and for nothing else.
    const sendNow = answered === undefined && reply !== undefined
    const fault = sendNow ? ear.socket.send(reply) : answered?.fault
    // Two interfaces of one host on one link hear each other.
    if (claim !== undefined && !links.some(link => sameMac(link.mac, claim.mac))) listener.claimed(claim, name)
    if (evidence !== undefined) listener.answered(evidence, name)
    if (reply !== undefined) return counts.replied(name, response, fault)
    if (evidence !== undefined) return
    const isAnswer = station?.claims !== undefined && ear.curious.has(station.claims.value)
    if (isAnswer && announces(ear.family, name)(station.claims.value) === "no") return
    counts.dropped(ear.sense, response)
  }

  const faulted = (ear: Ear, fault: SocketFault) => {
    const { name } = ear.link
    // The link went down, and the socket hears again by itself once it is up; or it is gone, which the next look tells.
    if (fault.code === "ENETDOWN") {
      log.info("interface is down", { interface: name })
      return listener.trouble()
    }
    lost(ear, fault.message)
  }

  const lost = (ear: Ear, why: string) => {
    log.warn("socket lost", { interface: ear.link.name, protocol: ear.sense.protocol, error: why })
    close(ear)
    listener.trouble()
  }

  const close = (ear: Ear) => {
    ear.forgets?.cancel()
    groups.leave(ear)
    ear.socket.close()
    ears.delete(keyOf(ear.link.name, ear.family))
  }

  const open = (link: UsableLink, family: IpFamily) => {
    const key = keyOf(link.name, family)
    const sense = senses[family]
    try {
      const socket = packetSockets.open(
        {
          interfaceIndex: link.index,
          etherType: sense.etherType,
          frameMax: sense.frameMax,
          filter: sense.filter([]),
        },
        {
          received: frame => hear(ear, frame),
          faulted: fault => faulted(ear, fault),
        },
      )
      const rest = {
        filter: "",
        answers: "",
        groups: new Set<bigint>(),
        curious: new Map<bigint, Address>(),
        forgets: undefined,
      }
      const ear: Ear = { link, family, sense, socket, ...rest }
      ears.set(key, ear)
      license(ear)
      failures.delete(key)
    } catch (error) {
      const failure = { protocol: sense.protocol, name: link.name, why: textOf(error) }
      if (failures.get(key)?.why !== failure.why)
        log.error("cannot listen on interface", { interface: link.name, ...failure })
      failures.set(key, failure)
    }
  }

  const tune = (ear: Ear) => {
    const mine = [...voices[ear.family].values()].filter(
      voice => voice.interfaces === "all" || voice.interfaces.includes(ear.link.name),
    )
    const here = asked(ear)
    const targets = [...[...mine, ...here].map(({ address }) => address), ...ear.curious.values()]
    const grouped = [...mine, ...here.filter(({ subject }) => subject)].map(({ address }) => address)
    const filter = targets.map(({ value }) => value).join(" ")
    // A question that comes between the two is in the socket's queue when the filter is there.
    groups.gather(ear, ear.sense.groups(grouped))
    if (ear.family === "IPv4") setAnswers(ear, mine)
    // A filter costs up to a millisecond to make for many addresses, so only a change makes one.
    if (filter === ear.filter) return
    try {
      ear.socket.setFilter(ear.sense.filter(targets))
      ear.filter = filter
    } catch (error) {
      lost(ear, textOf(error))
    }
  }

  const setAnswers = (ear: Ear, mine: readonly Voice[]) => {
    const { mac } = ear.link
    const at = new Map(mine.map(({ address, inStead = mac }) => [Number(address.value), inStead]))
    const answers = [...at].map(([ip, station]) => (station === mac ? `${ip}` : `${ip} ${formatMac(station)}`)).join()
    if (answers !== ear.answers) ear.socket.setAnswers(mac, at)
    ear.answers = answers
  }

  const ask = (ear: Ear, targets: readonly Address[], of: Mac | undefined) => {
    const { mac, addresses } = ear.link
    for (const target of targets) ear.curious.set(target.value, target)
    tune(ear)
    ear.forgets?.cancel()
    ear.forgets = clock.after(curiousFor, () => {
      ear.curious.clear()
      tune(ear)
    })
    const own = addresses.flatMap(({ address }) => parseAddress(address) ?? [])
    for (const target of targets) ear.socket.send(questionFor(target, mac, askerFor(target, own), of))
  }

  const sameLink = (a: UsableLink, b: UsableLink) => a.index === b.index && formatMac(a.mac) === formatMac(b.mac)

  const stillFits = (ear: Ear) =>
    links.some(link => link.name === ear.link.name && sameLink(link, ear.link) && link.families.includes(ear.family))

  return {
    setLinks: now => {
      links = now
      for (const ear of [...ears.values()]) if (!stillFits(ear)) close(ear)
      const wanted = new Set(links.flatMap(({ name, families }) => families.map(family => keyOf(name, family))))
      for (const key of failures.keys()) if (!wanted.has(key)) failures.delete(key)
      groups.forget(key => !wanted.has(key))
      for (const link of links)
        for (const family of link.families) if (!ears.has(keyOf(link.name, family))) open(link, family)
      for (const ear of [...ears.values()]) tune(ear)
    },
    setVoices: now => {
      const of = (family: IpFamily) =>
        new Map(now.filter(({ address }) => address.family === family).map(voice => [voice.address.value, voice]))
      voices = { IPv4: of("IPv4"), IPv6: of("IPv6") }
      for (const ear of [...ears.values()]) tune(ear)
      counts.keep(() => now.map(({ address }) => formatAddress(address)))
    },
    setQuestions: now => {
      const known = new Set(questions.map(printOf))
      const isMore = now.some(one => !known.has(printOf(one)))
      questions = now
      if (isMore) for (const ear of [...ears.values()]) tune(ear)
    },
    send: (name, family, frame) => {
      const ear = ears.get(keyOf(name, family))
      const fault = ear?.socket.send(frame)
      if (fault !== undefined) log.warn("frame not sent", { interface: name, error: fault.message })
      return ear !== undefined && fault === undefined
    },
    ask: (name, targets, of) => {
      for (const [family, those] of Map.groupBy(targets, ({ family }) => family)) {
        const ear = ears.get(keyOf(name, family))
        if (ear !== undefined) ask(ear, those, of)
      }
    },
    discardOlder: () => {
      since = clock.monotonic()
      for (const ear of ears.values()) license(ear)
    },
    steadyUntil: instant => {
      until = instant
      for (const ear of ears.values()) license(ear)
    },
    deaf: () => [...failures.values()].map(({ protocol, name, why }) => `no ${protocol} on ${name}: ${why}`),
    stop: () => {
      for (const ear of [...ears.values()]) close(ear)
      groups.close()
    },
  }
}
