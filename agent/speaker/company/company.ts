import { encodeMark, type Mark } from "../../core/detector/mark.ts"
import { magic } from "../../core/detector/packet.ts"
import type { MembershipEvent } from "../../core/membership/event.ts"
import type { State } from "../../core/membership/state.ts"
import type { Edges } from "../../edges.ts"
import { pause, type Timer } from "../../ports/clock.ts"
import { heldLifelines } from "../../ports/lifeline-tcp.ts"
import type { LinkSocket } from "../../ports/link-socket.ts"
import { textOf } from "../../ports/log.ts"
import type { Membership, MembershipNews } from "../../ports/membership.ts"
import type { EndFor } from "../assignments.ts"
import { createGuard } from "../guard.ts"
import type { Done, Guard } from "../guard-terms.ts"
import type { UsableLink } from "../links.ts"
import { createTape } from "../tape.ts"
import { answerOf } from "./answer.ts"
import { followGateways } from "./gateways.ts"
import { followKeys } from "./keys.ts"
import { endsFor, noLinks, type OwnLinks, ownLinks } from "./links.ts"
import { endpointsOf, type Roster, rosterOf, subnetsOf } from "./roster.ts"
import type { Company, CompanyEdges, CompanyListener, CompanyOptions } from "./terms.ts"
import { rememberingWants } from "./wants.ts"

/** Without the secret for so long, the API alone decides, until there is one. */
const secretWithin = 10_000
/** Speakers that the API knows are waited for so long at the start; those that are not there then count as dead. */
const gatherWithin = 1_500
const retryEvery = 1_000
const handOverWithin = 1_200
const goodbyeWithin = 300
/** A frame that the kernel has had for so long shows that this process stood still. */
const stall = 100

/** Joins the membership, watches over the others and settles with them who owns what. Nothing is owned before that. */
export const startCompany = <Socket extends LinkSocket>(
  edges: Pick<Edges, "clock" | "client" | "crypto" | "log" | "random"> & { readonly company: CompanyEdges<Socket> },
  node: string,
  options: CompanyOptions,
  listener: CompanyListener,
): Company => {
  const { clock, crypto, company } = edges
  const { bind } = options
  const log = edges.log.from("speaker/company")
  const boot = Math.trunc(clock.wall())
  const control = new AbortController()
  const lifelines = heldLifelines()
  const owned = new Set<string>()
  let state: ReturnType<Company["state"]> = "gathering"
  let trouble = "the membership is not joined yet"
  let membership: Membership | undefined
  let guard: Guard | undefined
  let usable: readonly UsableLink[] = []
  let own: OwnLinks = noLinks
  let endFor: EndFor = () => undefined
  let api: Parameters<Company["meet"]> | undefined
  let roster: Roster = { peers: [], candidates: new Set([node]), marks: new Map<string, Mark>() }
  let told = ""
  let met = ""
  let patience: Timer | undefined
  let ended = false

  /** Not the membership's mode: timers that were chosen by hand have only one. */
  let mixed = false
  const mark = () => encodeMark({ boot, links: own.ends })
  const policy = () => ({ failbackAfter: options.failbackAfter, mixed })

  const wants = rememberingWants(node, crypto)
  const tape = createTape<State, MembershipEvent>()
  const keys = followKeys({ ...edges, ...company, log }, options.secret, () => {
    membership?.setKeys(keys.packet())
    guard?.setKeys(keys.signing())
  })

  const join = async (): Promise<Membership | undefined> => {
    while (!control.signal.aborted) {
      try {
        return await company.startMembership({
          name: node,
          bind,
          envelope: { ...options.envelope, label: "", keys: keys.packet(), cipherVersion: 1 },
          settings: options.settings,
          meta: mark(),
          seed: Math.floor(edges.random() * 2 ** 32),
          clock,
          crypto: keys.crypto,
          log: edges.log.from("speaker/membership"),
          neighbour: {
            firstByte: magic,
            onPacket: (bytes, { address, port }) => guard?.datagram({ bytes, address, port, age: 0 }),
            onConnection: lifelines.hold,
          },
          onNews: news,
          onStep: tape.note,
          onCount: listener.count,
        })
      } catch (error) {
        trouble = textOf(error)
        log.error("membership not joined", { error: trouble })
        await pause(clock, retryEvery, control.signal)
      }
    }
    return undefined
  }

  const begin = async () => {
    if (!(await keys.found(secretWithin, control.signal)) && !ended) {
      state = "alone"
      log.warn("no secret for the membership: a dead node is noticed when Kubernetes calls it not ready", {
        error: keys.missing(),
        fix: `kubectl -n ${options.secret.namespace} logs deployment/controller says why it makes none; speakers join as soon as there is one`,
      })
      listener.changed()
      await keys.found("ever", control.signal)
    }
    const joined = await join()
    if (joined === undefined) return
    if (ended) return void joined.stop(0)
    membership = joined
    // They may have changed while it began.
    joined.setKeys(keys.packet())
    trouble = "the other speakers are not known yet"
    guard = makeGuard()
    look()
  }

  const makeGuard = () =>
    createGuard(
      { ...company, clock, crypto },
      { node, boot, keys: keys.signing(), policy: policy(), port: bind.port },
      {
        done,
        performed: listener.performed,
        ask: (link, addresses, mac) => {
          const name = own.interfaceOf.get(link)
          if (name !== undefined) listener.ask(name, addresses, mac)
        },
        discardOlder: listener.discardOlder,
        steadyUntil: listener.steadyUntil,
        passOn: ({ bytes, address, port }) => membership?.receive(bytes, { address, port }),
        trouble: (what, facts) => {
          listener.count(`detector-${what}`)
          log.debug("detector", { what, ...facts })
        },
      },
    )

  const done = (effect: Done) => {
    if (effect.type === "start") owned.add(effect.vip)
    if (effect.type === "stop") owned.delete(effect.vip)
    listener.done(effect)
  }

  const news = (what: MembershipNews) => {
    // Several come from one step of the membership.
    if (what.kind === "member") queueMicrotask(look)
  }

  /** Takes in what API and membership say now. */
  const look = () => {
    if (membership === undefined || guard === undefined || api === undefined || ended) return
    const [speakers, nodes] = api
    const endpoints = endpointsOf(speakers, nodes, bind)
    const places = endpoints.map(({ address }) => address).join(" ")
    if (places !== met) membership.setPeers(endpoints)
    met = places
    const members = membership.members()
    const wasMixed = mixed
    mixed = members.some(({ ours }) => !ours)
    const next = rosterOf({ self: node, speakers, nodes, members, marks: roster.marks, links: own.ends, mixed })
    const text = JSON.stringify([next.peers, [...next.candidates].sort()])
    // What is made from the same peers is remembered by them.
    roster = text === told ? { ...roster, marks: next.marks } : next
    if (mixed !== wasMixed) {
      log.info(mixed ? "mixed: compatibility order" : "no speaker of MetalLB is left", { reason: "ML385" })
      guard.setPolicy(policy())
      listener.changed()
    }
    if (state !== "settled") return gather(members.length > endpoints.length)
    if (text === told) return
    told = text
    guard.setPeers(roster.peers)
    listener.changed()
  }

  const gather = (complete: boolean) => {
    if (complete) return settle()
    patience ??= clock.after(gatherWithin, settle)
  }

  const settle = () => {
    if (state === "settled" || guard === undefined || ended) return
    patience?.cancel()
    state = "settled"
    guard.setPolicy(policy())
    look()
    guard.setLinks(own.ends)
    log.info("speakers known", { speakers: roster.peers.filter(({ alive }) => alive).map(peer => peer.node) })
    listener.changed()
  }

  const gateways = followGateways(clock, company.gateways, () => {
    own = ownLinks(usable, bind.address, gateways.now())
    if (state === "settled") guard?.setLinks(own.ends)
  })

  void keys.run(control.signal)
  void begin()
  return {
    state: () => state,
    candidates: () => roster.candidates,
    absent: () => new Set(roster.peers.flatMap(({ node, alive }) => (alive ? [] : [node]))),
    mixed: () => mixed,
    members: () => membership?.members().length ?? 0,
    interfaceOn: link => own.interfaceOf.get(link),
    endFor: address => endFor(address),
    otherSubnets: () => subnetsOf(roster.peers),
    interfacesOn: link => [...own.linkOf].flatMap(([name, on]) => (on === link ? [name] : [])),
    settles: name => state === "settled" && own.linkOf.has(name),
    owns: vip => owned.has(vip),
    setLinks: links => {
      usable = links
      own = ownLinks(usable, bind.address, gateways.now())
      endFor = endsFor(own)
      membership?.setMeta(mark())
      if (state === "settled") guard?.setLinks(own.ends)
      look()
    },
    meet: (...said) => {
      api = said
      look()
    },
    want: (elections, unfit) => {
      guard?.setWanted(wants.of(elections, unfit, own.domains, mixed ? undefined : roster.peers))
    },
    setApiAway: away => guard?.setApiAway(away),
    heard: (name, mac, claims, age, source) => {
      const link = own.linkOf.get(name)
      if (guard === undefined || state !== "settled") return
      if (age > stall) guard.stalled(age)
      if (link !== undefined) guard.frame(link, mac, claims, age, source)
    },
    answer: addresses =>
      answerOf({ state, mixed, peers: roster.peers, members: membership?.members() ?? [], guard, wants }, addresses),
    recording: of => (of === "ownership" ? guard?.recording() : of === "membership" ? tape.lines() : undefined),
    missing: () => [
      ...(state === "gathering" ? [keys.packet().length === 0 ? keys.missing() : trouble] : []),
      ...(state === "settled" && own.ends.length === 0 ? ["no interface has a subnet, on which others could be"] : []),
    ],
    leave: async restarts => {
      if (ended) return
      if (state === "settled") await guard?.leave(handOverWithin, restarts)
      ended = true
      await membership?.stop(goodbyeWithin)
    },
    stop: () => {
      ended = true
      patience?.cancel()
      gateways.stop()
      control.abort()
      guard?.stop()
      lifelines.release()
    },
  }
}
