import type { Facts } from "../../agent/core/outcome.ts"
import { isReasonCode } from "../../agent/core/reasons.ts"
import type { NodeWord } from "../view/node-word.ts"
import type { Api } from "./api.ts"
import { askSpeakers } from "./ask-speakers.ts"
import { at, type Json, listAt, mapAt, textAt } from "./json.ts"

export type NodeWords = { readonly words: readonly NodeWord[]; readonly unknown: string | undefined }

/** Asks the speaker of a node about some addresses. */
export const askNode = async (
  api: Api,
  installNamespace: string,
  node: string,
  addresses: readonly string[],
): Promise<NodeWords> => {
  const ask = async (question: string) => (await askSpeakers(api, installNamespace, question, [node]))[0]
  const [owners, fresh] = [await ask("owners"), await ask("first-use")]
  const unknown = owners?.unknown ?? fresh?.unknown
  if (unknown !== undefined) return { words: [], unknown }
  return {
    words: addresses.map(address => wordOn(address, named(owners?.answer, address), named(fresh?.answer, address))),
    unknown: undefined,
  }
}

const named = (answer: Json, address: string): Json => listAt(answer).find(one => textAt(one, "address") === address)

const wordOn = (address: string, owned: Json, fresh: Json): NodeWord => {
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
