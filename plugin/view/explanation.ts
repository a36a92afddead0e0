import { type Reason, type ReasonCode, reasonOf } from "../../agent/core/reasons.ts"
import { fill } from "../../agent/core/sentence.ts"
import type { Style } from "./style.ts"
import { table } from "./table.ts"
import { wrap } from "./wrap.ts"

/** One code as a page: title, meaning, what to do. Placeholders are capitals. */
export const explanation = (code: ReasonCode, style: Style): string => {
  const { title, meaning, fix, see }: Reason = reasonOf(code)
  return [
    `${style.paint("subject", code)}  ${title}`,
    "",
    ...wrap(meaning, 80),
    ...(fix === "" && see === undefined ? [] : [""]),
    ...(fix === "" ? [] : [`Fix    ${fill(fix, {})}`]),
    ...(see === undefined ? [] : [`See    ${see}`]),
  ].join("\n")
}

export const reasonTable = (codes: readonly ReasonCode[]): string =>
  table(
    [{ title: "CODE" }, { title: "TITLE" }],
    codes.map(code => [code, reasonOf(code).title]),
  )
