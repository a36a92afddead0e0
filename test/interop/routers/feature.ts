import type { Explained } from "../../../agent/core/bgp/session/explain.ts"
import type { Need } from "./lacks.ts"
import { waitUntil } from "./patience.ts"
import type { Router } from "./router.ts"
import { type Carried, established, type Scene } from "./scene.ts"
import type { Speaker, SpeakerLine } from "./speaker.ts"

/** A row of the matrix: a promise that both sides together keep. */
export type Feature = {
  readonly name: string
  /** Part of the short run. */
  readonly core: boolean
  readonly carried: readonly Carried[]
  /** What the daemon must be able to do. */
  readonly needs?: Need
  /** Throws where it does not hold. */
  readonly prove: (scene: Scene) => Promise<Found>
}

/** That it holds, with what is worth telling of it; or why the router let nothing happen that it could hold for. */
export type Found = string | undefined | { readonly notReached: string }

/** A router that waits, a speaker that opened the session, both up. */
export const pair = async (scene: Scene): Promise<{ readonly router: Router; readonly speaker: Speaker }> => {
  const router = await scene.router()
  const speaker = await scene.speaker()
  await established(router, speaker)
  return { router, speaker }
}

/** Waits until a session or an attempt of the speaker has ended for one of these reasons; its facts. A next attempt may have ended for another one since. */
export const endedFor = async (speaker: Speaker, ...codes: readonly string[]): Promise<Explained> => {
  const found = () =>
    speaker.lines.findLast(one => one.line === "ended" && codes.includes(one.explained.reason)) as
      | Extract<SpeakerLine, { readonly line: "ended" }>
      | undefined
  await waitUntil(`the speaker says ${codes.join(" or ")}`, () => found() !== undefined)
  const line = found()
  if (line === undefined) throw new Error("it was there")
  return line.explained
}
