import { type Random, seeded } from "./random.ts"

/** A run of the simulation as data: the same schedule gives the same run. */
export type Schedule = {
  readonly seed: number
  /** What kind of trouble it holds: "single" is one fault alone, "api" nothing but API outages, "away" another fault while a speaker is away, "random" anything at once, "mixed" the same beside speakers of MetalLB. */
  readonly kind: "single" | "api" | "away" | "random" | "mixed"
  readonly nodes: readonly string[]
  /** Those of the nodes whose speaker is MetalLB's. */
  readonly foreign?: readonly string[]
  readonly vips: readonly string[]
  readonly failbackAfter: number | null
  /** Probability that a packet is lost on a whole path. */
  readonly loss: number
  /** Mean milliseconds that a process waits for the CPU. */
  readonly load: number
  readonly duration: number
  readonly events: readonly Trouble[]
}

export type Trouble = { readonly at: number } & (
  | { readonly type: "power-off" | "power-on" | "cable-out" | "cable-in" | "restart"; readonly node: string }
  | { readonly type: "kill" | "pause" | "hang"; readonly node: string; readonly lasts: number }
  | { readonly type: "cut"; readonly from: string; readonly to: string; readonly lasts: number }
  | { readonly type: "split"; readonly side: readonly string[]; readonly lasts: number }
  | { readonly type: "lossy"; readonly loss: number; readonly lasts: number }
  | { readonly type: "api-away"; readonly node: string | null; readonly lasts: number }
  | { readonly type: "clock-jump"; readonly node: string; readonly by: number }
  | { readonly type: "exclude" | "include"; readonly node: string }
  | { readonly type: "remove" | "add"; readonly vip: string }
)

/** The outside host: gateway, client and witness in one. */
export const client = "client"

const settled = 2_000

export const makeSchedule = (seed: number): Schedule => {
  const random = seeded(seed)
  const kind = random.chance(0.3) ? "single" : random.chance(0.1) ? "api" : random.chance(0.15) ? "away" : "random"
  const nodes = Array.from({ length: random.between(2, 6) }, (_, at) => `n${at + 1}`)
  const vips = Array.from({ length: random.between(1, 3) }, (_, at) => `192.168.1.${11 + at}`)
  const events = troubles(random, kind, nodes, vips)
  const last = Math.max(...events.map(event => event.at + ("lasts" in event ? event.lasts : 0)), settled)
  return {
    seed,
    kind,
    nodes,
    vips,
    failbackAfter: random.pick([null, 0, 1_000]),
    loss: kind === "single" || kind === "away" ? random.pick([0, 0.001]) : random.pick([0, 0, 0.001, 0.01]),
    load: random.pick([0.2, 1, 3]),
    duration: last + 5_000,
    events,
  }
}

/**
 * Some of the nodes, and not all, have MetalLB's speaker; the rest as in `makeSchedule`. Who cannot read what changed in the API goes on as
 * it was, and nothing settles that among MetalLB's speakers, so outages of the API and changes do not come together.
 */
export const makeMixedSchedule = (seed: number): Schedule => {
  const random = seeded(seed)
  const nodes = Array.from({ length: random.between(2, 6) }, (_, at) => `n${at + 1}`)
  const [first, ...others] = random.chance(0.5) ? nodes : nodes.toReversed()
  const foreign = [...(first === undefined ? [] : [first]), ...others.slice(1).filter(() => random.chance(0.4))]
  const vips = Array.from({ length: random.between(1, 3) }, (_, at) => `192.168.1.${11 + at}`)
  const all = troubles(random, random.chance(0.4) ? "single" : "random", nodes, vips)
  const changes = all.some(({ type }) => type === "exclude" || type === "remove")
  const events = changes ? all.filter(({ type }) => type !== "api-away") : all
  const last = Math.max(...events.map(event => event.at + ("lasts" in event ? event.lasts : 0)), settled)
  const load = random.pick([0.2, 1, 3])
  const rest = { failbackAfter: random.pick([null, 0, 1_000]), loss: random.pick([0, 0.001, 0.01]), load }
  return { seed, kind: "mixed", nodes, foreign, vips, ...rest, duration: last + 5_000, events }
}

const troubles = (
  random: Random,
  kind: Schedule["kind"],
  nodes: readonly string[],
  vips: readonly string[],
): readonly Trouble[] => {
  const start = () => settled + random.between(0, 500)
  if (kind === "api") {
    return [{ at: start(), type: "api-away", node: random.pick([null, ...nodes]), lasts: random.between(500, 4_000) }]
  }
  if (kind === "single") return oneTrouble(random, start(), nodes, vips)
  if (kind === "away") return whileAway(random, start(), nodes)
  const count = random.between(2, 6)
  const all = Array.from({ length: count }, () => oneTrouble(random, settled + random.between(0, 3_000), nodes, vips))
  return all.flat().sort((a, b) => a.at - b.at)
}

/** A speaker goes away; then its node dies or loses its cable, or another speaker goes away too: often the one that stands in. */
const whileAway = (random: Random, at: number, nodes: readonly string[]): readonly Trouble[] => {
  const node = random.pick(nodes)
  const first = random.pick([
    { at, type: "kill", node, lasts: 3_000 },
    { at, type: "pause", node, lasts: 3_000 },
    { at, type: "restart", node },
  ] as const)
  const then = at + (first.type === "restart" ? random.between(20, 500) : random.between(20, 2_500))
  const later = then + random.between(500, 4_000)
  const dies = random.pick([
    ["power-off", "power-on"],
    ["cable-out", "cable-in"],
  ] as const)
  const death: readonly Trouble[] = [
    { at: then, type: dies[0], node },
    { at: later, type: dies[1], node },
  ]
  const others = nodes.filter(name => name !== node)
  // Of two speakers that are away nobody would be left.
  if (others.length < 2 || random.chance(0.6)) return [first, ...death]
  return [first, { at: then, type: "kill", node: random.pick(others), lasts: random.between(50, 3_000) }]
}

const oneTrouble = (
  random: Random,
  at: number,
  nodes: readonly string[],
  vips: readonly string[],
): readonly Trouble[] => {
  const node = random.pick(nodes)
  const lasts = random.between(50, 3_000)
  const later = at + random.between(500, 4_000)
  const ends = [...nodes, client]
  switch (random.between(1, 14)) {
    case 1:
      return [
        { at, type: "power-off", node },
        { at: later, type: "power-on", node },
      ]
    case 2:
      return [
        { at, type: "cable-out", node },
        { at: later, type: "cable-in", node },
      ]
    case 3:
      return [{ at, type: "kill", node, lasts }]
    case 4:
      return [{ at, type: "restart", node }]
    case 5:
      return [{ at, type: "pause", node, lasts }]
    case 6:
      return [{ at, type: "hang", node, lasts }]
    case 7:
    case 8: {
      const to = random.pick(ends.filter(end => end !== node))
      const there = { at, type: "cut", from: node, to, lasts } as const
      return random.chance(0.5) ? [there] : [there, { at, type: "cut", from: to, to: node, lasts }]
    }
    case 9:
    case 10:
      return [{ at, type: "split", side: ends.filter(end => end === node || random.chance(0.4)), lasts }]
    case 11:
      return [{ at, type: "lossy", loss: random.pick([0.02, 0.1, 0.3]), lasts }]
    case 12:
      return [{ at, type: "api-away", node: random.chance(0.5) ? null : node, lasts }]
    case 13:
      return [{ at, type: "clock-jump", node, by: random.pick([120, 1_000, 3_600_000]) }]
    default:
      return random.chance(0.5)
        ? [
            { at, type: "exclude", node },
            { at: later, type: "include", node },
          ]
        : [
            { at, type: "remove", vip: random.pick(vips) },
            { at: later, type: "add", vip: random.pick(vips) },
          ]
  }
}
