import type { SpeakerSettings } from "../../agent/core/snapshot.ts"
import { type Api, Refusal } from "./api.ts"
import { at, type Json, listAt, textAt } from "./json.ts"
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
    containerOf(api, kinds.deployment, namespace, "controller"),
    containerOf(api, kinds.daemonSet, namespace, "speaker"),
  ])
  const loadBalancerClass = flagOf(listAt(controller, "args"), "lb-class") ?? ""
  return { loadBalancerClass, speakers: speakerSettings(speaker) }
}

/** What a speaker's container is started with; undefined: it was not seen. */
const speakerSettings = (container: Json): SpeakerSettings => {
  const words = listAt(container, "args")
  return {
    placement: flagOf(words, "placement") === "balanced" ? "balanced" : "hash",
    ignoreExcludeLB: words.includes("--ignore-exclude-lb") || flagOf(words, "ignore-exclude-lb") === "true",
    ...(container === undefined ? {} : { memberList: hasMemberList(container, words) }),
  }
}

/** The address mostly comes from the pod itself. Labels have a default, which only an empty flag takes away. */
const hasMemberList = (container: Json, words: readonly Json[]): boolean => {
  const variable = listAt(container, "env").find(one => textAt(one, "name") === "METALLB_ML_BIND_ADDR")
  const given = at(variable, "valueFrom") !== undefined || textAt(variable, "value") !== ""
  const address = flagOf(words, "ml-bindaddr")
  return (address === undefined ? given : address !== "") && flagOf(words, "ml-labels") !== ""
}

const containerOf = async (api: Api, kind: Kind, namespace: string, name: string): Promise<Json> => {
  try {
    return containersOf(await get(api, kind, namespace, name))[0]
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

const flagOf = (words: readonly Json[], name: string): string | undefined => {
  const start = `--${name}=`
  const word = words.find(word => typeof word === "string" && word.startsWith(start))
  return typeof word === "string" ? word.slice(start.length) : undefined
}
