import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import { type Api, Refusal } from "./api.ts"
import type { Trouble } from "./health.ts"
import { type JsonObject, textAt } from "./json.ts"
import { kinds } from "./kinds.ts"
import { list } from "./objects.ts"

/** A speaker tells a claim that goes on every ten minutes, so one that it told longer ago is over. */
const recent = 15 * 60_000

/**
 * Other stations that claim addresses of services, as the speakers told in events: those can be read at once for all nodes, and the
 * speakers be asked one by one alone (`why-ip --node`).
 */
export const claimTroubles = async (api: Api, now: number): Promise<readonly Trouble[]> => {
  let events: readonly JsonObject[]
  try {
    events = await list(api, kinds.event, { fields: "reason=addressConflict" })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const facts = { what: "events", why: `${error.reason}: ${error.message}` }
    return [{ severity: "unknown", code: "ML630", text: phraseOf("ML630", facts), fix: fixOf("ML630", facts) }]
  }
  const told = events.flatMap(event => claimIn(event, now))
  // Services that share an address are told of one claim each, and speakers of two nodes may both have heard it.
  return [...new Map(told.map(one => [one.text, one])).values()].sort((a, b) => (a.text < b.text ? -1 : 1))
}

const claimIn = (event: JsonObject, now: number): readonly Trouble[] => {
  const found = /^(\S+) claims (\S+) on (\S+) \[ML342\]$/.exec(textAt(event, "message"))
  const at = Date.parse(textAt(event, "lastTimestamp") || textAt(event, "eventTime"))
  if (found === null || textAt(event, "reason") !== "addressConflict" || !(now - at < recent)) return []
  const [, mac = "", address = "", name = ""] = found
  const facts = { mac, address, interface: name }
  const service = `${textAt(event, "involvedObject", "namespace")}/${textAt(event, "involvedObject", "name")}`
  const text = `${phraseOf("ML342", facts)}, an address of ${service}`
  return [{ severity: "warning", code: "ML342", text, fix: fixOf("ML342", facts) }]
}
