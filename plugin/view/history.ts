import type { OwnerChange } from "../../agent/core/history/owners.ts"
import { reasonOf } from "../../agent/core/reasons.ts"
import { took } from "./duration.ts"
import { table } from "./table.ts"

/** Changes of the owner of one address, and who stood in for it, newest first; times in UTC. */
export const historyTable = (changes: readonly OwnerChange[]): string =>
  table(
    [{ title: "WHEN" }, { title: "FROM" }, { title: "TO" }, { title: "SILENT", right: true }, { title: "WHY" }],
    changes.map(({ at, from, to, vacantFor, standIn, reason, because }) => [
      `${new Date(at).toISOString().slice(0, 23).replace("T", " ")}Z`,
      from ?? "<none>",
      standIn === undefined ? (to ?? "<none>") : `${to ?? "<none>"} by ${standIn}`,
      vacantFor === undefined ? "" : took(vacantFor),
      [reason, ...(because === undefined ? [] : [because])].map(code => `${titleOf(code)} [${code}]`).join(": "),
    ]),
  )

const titleOf = (code: OwnerChange["reason"]): string => {
  const { title } = reasonOf(code)
  return title.charAt(0).toLowerCase() + title.slice(1)
}
