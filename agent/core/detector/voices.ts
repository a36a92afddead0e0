import type { LinkId } from "./peer.ts"
import type { Millis } from "./timings.ts"

/** Somebody heard on a link: a node's name for a signed packet, a MAC for any other frame. */
export type Voice = { readonly who: string; readonly at: Millis }

/**
 * The two latest different voices on each link. Two are enough to say whether anybody but a given one was heard.
 * BOUNDED: two entries for each own link.
 */
export type Voices = ReadonlyMap<LinkId, readonly Voice[]>

export const hear = (voices: Voices, link: LinkId, who: string, at: Millis): Voices => {
  const others = (voices.get(link) ?? []).filter(voice => voice.who !== who)
  const known = (voices.get(link) ?? []).find(voice => voice.who === who)
  const voice = { who, at: Math.max(at, known?.at ?? at) }
  return new Map(voices).set(link, [voice, ...others].sort((a, b) => b.at - a.at).slice(0, 2))
}

/** True where somebody whose name or MAC is not among `except` was heard at `since` or later. */
export const heardSince = (
  voices: Voices,
  link: LinkId,
  since: Millis,
  except: readonly (string | undefined)[],
): boolean => (voices.get(link) ?? []).some(voice => voice.at >= since && !except.includes(voice.who))
