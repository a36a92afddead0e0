import type { Explained } from "../../../agent/core/bgp/session/explain.ts"
import type { Need } from "./lacks.ts"
import { waitUntil } from "./patience.ts"
import type { Router } from "./router.ts"
import { type Carried, established, type Scene } from "./scene.ts"
import type { Speaker } from "./speaker.ts"

/** A row of the matrix: a promise that both sides together keep. */
export type Feature = {
  readonly name: string
  /** Part of the short run. */
  readonly core: boolean
  readonly carried: readonly Carried[]
  /** What the daemon must be able to do. */
  readonly needs?: Need
  /** Throws where it does not hold; returns what is worth telling of it. */
  readonly prove: (scene: Scene) => Promise<string | undefined>
}

/** A router that waits, a speaker that opened the session, both up. */
export const pair = async (scene: Scene): Promise<{ readonly router: Router; readonly speaker: Speaker }> => {
  const router = await scene.router()
  const speaker = await scene.speaker()
  await established(router, speaker)
  return { router, speaker }
}

/** Waits until the speaker's last session or attempt ended for one of these reasons; its facts. A next attempt may end for another one. */
export const endedFor = async (speaker: Speaker, ...codes: readonly string[]): Promise<Explained> => {
  let found: Explained | undefined
  await waitUntil(`the speaker says ${codes.join(" or ")}`, async () => {
    const { last } = await speaker.report()
    if (last !== undefined && codes.includes(last.explained.reason)) found = last.explained
    return found !== undefined
  })
  if (found === undefined) throw new Error("it was there")
  return found
}
