import { type Reason, type ReasonCode, reasonCodes, reasonOf } from "../../agent/core/reasons.ts"
import { fill } from "../../agent/core/sentence.ts"
import type { Command } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { nearest } from "../cli/nearest.ts"
import { explanation, reasonTable } from "../view/explanation.ts"

export const explain: Command = {
  name: "explain",
  summary: "What a code means and how to fix it, offline",
  description: "Says what a code such as ML101 means, when it is seen and what to do. Needs no cluster.",
  arguments: ["[CODE]"],
  flags: [{ name: "list", kind: "switch", summary: "List all codes" }],
  examples: [
    { does: "Explain one code", line: "kubectl metallb explain ML302" },
    { does: "List all codes", line: "kubectl metallb explain --list" },
    { does: "Find the codes about sharing", line: "kubectl metallb explain --list | grep -i share" },
  ],
  exits: ["ok", "usage"],
  changes: false,
  run: async ({ arguments: [wanted], flags, output }) => {
    const isDocument = output.format === "json" || output.format === "yaml"
    if (wanted === undefined) {
      if (!flags.on("list"))
        throw new Failure(exitCodes.usage, {
          message: "explain needs a code, or --list",
          fix: "kubectl metallb explain --list",
          usageOf: "kubectl metallb explain",
        })
      if (isDocument)
        await output.document({ apiVersion: "cli.metallb.io/v1", kind: "ReasonList", items: reasonCodes().map(asItem) })
      else output.print(reasonTable(reasonCodes()))
      return exitCodes.ok
    }
    const code = codeOf(wanted)
    if (isDocument) await output.document({ apiVersion: "cli.metallb.io/v1", kind: "Reason", ...asItem(code) })
    else output.print(explanation(code, output.style))
    return exitCodes.ok
  },
}

/** The code meant, in whatever case it was typed; throws a Failure with the nearest one. */
const codeOf = (text: string): ReasonCode => {
  const wanted = text.toUpperCase()
  const code = reasonCodes().find(known => known === wanted)
  if (code !== undefined) return code
  const near = nearest(wanted, reasonCodes())
  throw new Failure(exitCodes.usage, {
    message: `there is no code "${text}"`,
    fix: near === undefined ? "kubectl metallb explain --list" : `kubectl metallb explain ${near}`,
  })
}

const asItem = (code: ReasonCode) => {
  const { title, meaning, fix, see }: Reason = reasonOf(code)
  return { code, title, meaning, ...(fix === "" ? {} : { fix: fill(fix, {}) }), ...(see === undefined ? {} : { see }) }
}
