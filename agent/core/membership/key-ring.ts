import type { Millis } from "./time.ts"
import { sameBytes } from "./wire/label.ts"

/** Where a speaker learns the secret that all share: the file that is mounted, and the Secret itself. */
export type KeySource = "file" | "api"

export type KeyRing = {
  /** What each source said last; a Secret that was deleted since is still here. */
  readonly said: Readonly<Partial<Record<KeySource, Uint8Array>>>
  /** Those whose Secret is gone. */
  readonly gone: ReadonlySet<KeySource>
  /** The first one encrypts and signs, all of them open. BOUNDED by `mostSecrets`. */
  readonly secrets: readonly KeptSecret[]
  /** One of `secrets`, which becomes the first one then. */
  readonly turn: { readonly secret: Uint8Array; readonly at: Millis } | undefined
}

/** `until`: when it ends to be accepted; undefined for what is in use. */
type KeptSecret = { readonly secret: Uint8Array; readonly until: Millis | undefined }

export type KeyEvent =
  /** undefined: there is none. */
  | { readonly type: "said"; readonly source: KeySource; readonly secret: Uint8Array | undefined }
  /** A packet of somebody else was opened with it. */
  | { readonly type: "opened"; readonly secret: Uint8Array }
  | { readonly type: "tick" }

/** For the log, and what a speaker does about it. */
export type KeyNews = "found" | "changed" | "accepted" | "in-use" | "dropped" | "gone"

export type KeyStep = {
  readonly next: KeyRing
  readonly news: readonly KeyNews[]
  readonly wakeAt: Millis | undefined
}

/** What the detector tries for a packet. */
const mostSecrets = 4

/** A changed secret is accepted at once and spoken after this time, when the others have heard of it too; or when one of them speaks it. */
export const turnAfter: Millis = 10_000

/** What was in use is accepted for so long after that. */
export const keepFor: Millis = 600_000

export const emptyKeyRing: KeyRing = { said: {}, gone: new Set(), secrets: [], turn: undefined }

/**
 * One step of the keyring that lets the secret change under running speakers: accept the new one, speak it, take the old one away.
 * Nothing gets lost on the way as long as the speakers hear of the change within ten seconds of each other.
 *
 * The first word of a second source is no change: a mounted file follows its Secret a minute later, and where both differ for other
 * reasons the one that was there first is spoken.
 */
export const keyRingStep = (ring: KeyRing, event: KeyEvent, now: Millis): KeyStep => {
  const [heard, news] = event.type === "said" ? hear(ring, event, now) : ([ring, []] as const)
  const { turn } = heard
  const due =
    turn !== undefined && (turn.at <= now || (event.type === "opened" && sameBytes(turn.secret, event.secret)))
  const turned = due ? turnTo(heard, turn.secret, now) : heard
  const secrets = turned.secrets.filter(({ until }) => until === undefined || until > now)
  const dropped = secrets.length < turned.secrets.length
  const next = dropped ? { ...turned, secrets } : turned
  const told: readonly KeyNews[] = [
    ...news,
    ...(due ? ["in-use" as const] : []),
    ...(dropped ? ["dropped" as const] : []),
  ]
  return { next, news: told, wakeAt: wakeOf(next) }
}

const hear = (
  ring: KeyRing,
  { source, secret }: Extract<KeyEvent, { type: "said" }>,
  now: Millis,
): readonly [KeyRing, readonly KeyNews[]] => {
  const before = ring.said[source]
  if (secret === undefined) {
    if (before === undefined || ring.gone.has(source)) return [ring, []]
    return [{ ...ring, gone: new Set([...ring.gone, source]) }, ["gone"]]
  }
  const gone = new Set([...ring.gone].filter(one => one !== source))
  const said: KeyRing = { ...ring, gone, said: { ...ring.said, [source]: secret } }
  if (before !== undefined && sameBytes(before, secret)) return [said, []]
  const newest = ring.turn?.secret ?? ring.secrets[0]?.secret
  if (newest === undefined) return [{ ...said, secrets: [{ secret, until: undefined }] }, ["found"]]
  // What only this source had stood for is old now.
  const aged = before === undefined ? said : age(said, before, now)
  if (sameBytes(newest, secret)) return [aged, []]
  const first = aged.secrets[0]?.secret
  // Taken back before it was spoken.
  if (first !== undefined && sameBytes(first, secret)) return [{ ...aged, turn: undefined }, ["changed"]]
  const more = accept(aged, secret)
  if (before === undefined) return [more, ["accepted"]]
  return [{ ...more, turn: { secret, at: now + turnAfter } }, ["changed"]]
}

/** Gives a secret that is accepted without being in use an end. */
const age = (ring: KeyRing, secret: Uint8Array, now: Millis): KeyRing => ({
  ...ring,
  secrets: ring.secrets.map((kept, place) =>
    place > 0 && kept.until === undefined && sameBytes(kept.secret, secret) ? { secret, until: now + keepFor } : kept,
  ),
})

/** Without an end, behind the first one; where there are too many the one goes that would go first. */
const accept = (ring: KeyRing, secret: Uint8Array): KeyRing => {
  const [first, ...rest] = ring.secrets
  const others = rest
    .filter(kept => !sameBytes(kept.secret, secret))
    .sort((a, b) => (b.until ?? Number.POSITIVE_INFINITY) - (a.until ?? Number.POSITIVE_INFINITY))
  const behind = [{ secret, until: undefined }, ...others].slice(0, mostSecrets - 1)
  return { ...ring, secrets: first === undefined ? behind : [first, ...behind] }
}

const turnTo = (ring: KeyRing, secret: Uint8Array, now: Millis): KeyRing => ({
  ...ring,
  turn: undefined,
  secrets: [
    { secret, until: undefined },
    ...ring.secrets.flatMap((kept, place) => {
      if (sameBytes(kept.secret, secret)) return []
      return [place === 0 ? { ...kept, until: now + keepFor } : kept]
    }),
  ],
})

const wakeOf = ({ secrets, turn }: KeyRing): Millis | undefined => {
  const times = [turn?.at, ...secrets.map(({ until }) => until)].filter(time => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}
