import type { SpeakerSettings } from "../../agent/core/snapshot.ts"
import { type Api, Refusal } from "./api.ts"
import { type Json, listAt } from "./json.ts"
import { type Kind, kinds } from "./kinds.ts"
import { containersOf, get } from "./objects.ts"

/** How the agents are started, as far as it bears on their decisions. */
export type Settings = {
  /** --lb-class; "" where there is none. */
  readonly loadBalancerClass: string
  readonly speakers: SpeakerSettings
}

/** Of workloads that are missing or may not be seen the defaults. */
export const readSettings = async (api: Api, namespace: string): Promise<Settings> => {
  const [controller, speaker] = await Promise.all([
    argumentsOf(api, kinds.deployment, namespace, "controller"),
    argumentsOf(api, kinds.daemonSet, namespace, "speaker"),
  ])
  return { loadBalancerClass: flagOf(controller, "lb-class") ?? "", speakers: speakerSettings(speaker) }
}

/** What the arguments of a speaker's container say. */
export const speakerSettings = (words: readonly Json[]): SpeakerSettings => ({
  placement: flagOf(words, "placement") === "balanced" ? "balanced" : "hash",
  ignoreExcludeLB: words.includes("--ignore-exclude-lb") || flagOf(words, "ignore-exclude-lb") === "true",
})

const argumentsOf = async (api: Api, kind: Kind, namespace: string, name: string): Promise<readonly Json[]> => {
  try {
    return listAt(containersOf(await get(api, kind, namespace, name))[0], "args")
  } catch (error) {
    if (error instanceof Refusal) return []
    throw error
  }
}

const flagOf = (words: readonly Json[], name: string): string | undefined => {
  const start = `--${name}=`
  const word = words.find(word => typeof word === "string" && word.startsWith(start))
  return typeof word === "string" ? word.slice(start.length) : undefined
}
