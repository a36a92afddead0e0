import type { Facts } from "../../agent/core/outcome.ts"
import { isReasonCode } from "../../agent/core/reasons.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { NodeWord } from "../view/node-word.ts"
import type { Api } from "./api.ts"
import { askSpeakers } from "./ask-speakers.ts"
import { barredIn } from "./company.ts"
import { at, type Json, listAt, mapAt, textAt } from "./json.ts"

export type NodeWords = { readonly words: readonly NodeWord[]; readonly unknown: string | undefined }

/** Asks the speaker of a node about some addresses. */
export const askNode = async (
  api: Api,
  { installNamespace, speakerSettings }: Pick<Snapshot, "installNamespace" | "speakerSettings">,
  node: string,
  addresses: readonly string[],
): Promise<NodeWords> => {
  const ask = async (question: string) => (await askSpeakers(api, installNamespace, question, [node]))[0]
  const [owners, fresh] = [await ask("owners"), await ask("first-use")]
  const isAlone = speakerSettings?.memberList === false
  const company = isAlone ? undefined : await ask(`company ${addresses.join(",")}`)
  const unknown = owners?.unknown ?? fresh?.unknown ?? company?.unknown
  if (unknown !== undefined) return { words: [], unknown }
  const seats = at(company?.answer, "state") === "settled" ? listAt(company?.answer, "seats") : []
  return {
    words: addresses.map(address => {
      const word = wordOn(address, named(owners?.answer, address), named(fresh?.answer, address))
      const seat = seats.find(one => textAt(one, "vip") === address)
      return seat === undefined ? word : withSeat(word, seat, node)
    }),
    unknown: undefined,
  }
}

/** What was settled about the address, unless something else is said already; why the node leaves it to others counts most. */
const withSeat = (word: NodeWord, seat: Json, node: string): NodeWord => {
  const place = listAt(seat, "ranking").indexOf(node) + 1
  const ranked = place === 0 ? word : { ...word, rank: { place, of: listAt(seat, "ranking").length } }
  const own = barredIn(seat).find(one => one.node === node)
  const reason = textAt(seat, "reason")
  if (word.reason !== undefined) return ranked
  if (own !== undefined) return { ...ranked, reason: own.reason, facts: own.facts }
  return isReasonCode(reason) ? { ...ranked, reason, facts: mapAt(seat, "facts") as Facts } : ranked
}

const named = (answer: Json, address: string): Json => listAt(answer).find(one => textAt(one, "address") === address)

const wordOn = (address: string, owned: Json, fresh: Json): NodeWord => ({
  ...stateOf(address, owned, fresh),
  ...claimOf(owned),
})

const claimOf = (owned: Json): Pick<NodeWord, "claimed"> => {
  const [mac, name, when] = ["mac", "interface", "at"].map(field => at(owned, "claimed", field))
  return typeof mac === "string" && typeof name === "string" && typeof when === "number"
    ? { claimed: { mac, interface: name, at: when } }
    : {}
}

const stateOf = (address: string, owned: Json, fresh: Json): NodeWord => {
  const reason = textAt(owned, "obstacle", "reason")
  if (isReasonCode(reason)) {
    const facts = mapAt(owned, "obstacle", "facts") as Facts
    return { address, state: "cannot", reason, facts }
  }
  const other = textAt(owned, "inStead")
  if (other !== "") return { address, state: "stands", reason: "ML390", facts: { node: other } }
  if (owned !== undefined) return { address, state: "announces" }
  if (at(fresh, "mine") === true) return { address, state: "asks", reason: "ML337", facts: {} }
  return { address, state: "silent" }
}
