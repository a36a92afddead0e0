import assert from "node:assert/strict"
import { answerTo } from "../../agent/ports/query-socket.ts"
import type { Target } from "./fuzz.ts"

/** A line that is asked of an agent: one question of those that there are, or a refusal that names them. */
export const query: Target = {
  name: "query",
  corpus: ["owners", "history 192.0.2.1", "history  2001:db8::1 ", "toString", "__proto__ x", "constructor"],
  pieces: [" ", "\t", "\u0000", "owners", "history", "hasOwnProperty", "\u2028", '"', "\\"],
  check: text => {
    const asked: string[] = []
    const question = (name: string) => (argument: string) => {
      asked.push(name)
      assert.ok(text.includes(argument))
      return undefined
    }
    const questions = { owners: question("owners"), history: question("history") }
    const answer = answerTo(text, questions)
    const first = text.trim().split(" ")[0] ?? ""
    if (first === "owners" || first === "history") {
      assert.deepEqual(asked, [first])
      assert.deepEqual(answer, { answer: null })
    } else {
      assert.deepEqual(asked, [])
      assert.deepEqual(Object.keys(answer), ["error"])
      assert.match(JSON.stringify(answer), /is no question; there are history, owners"\}$/)
    }
  },
}
