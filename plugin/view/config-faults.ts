import type { Problem } from "../../agent/core/config/model.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Unread } from "../../agent/core/snapshot.ts"

/** A fault of the configuration as an error message with place and fix. */
export const faultOfProblem = ({ severity, reason, object, field, message, facts }: Problem): readonly string[] => {
  const fix = fixOf(reason, facts)
  return [
    `${severity}: ${message} [${reason}]`,
    `  where  ${object} ${field}`,
    ...(fix === "" ? [] : [`  fix    ${fix}`]),
    `  more   kubectl metallb explain ${reason}`,
  ]
}

/** What could not be read, so that the answer above is not the whole one. */
export const unreadLines = (unread: readonly Unread[]): readonly string[] =>
  unread.flatMap(({ what, why }) => [
    `unknown: ${phraseOf("ML630", { what, why })} [ML630]`,
    `  fix    ${fixOf("ML630", { what })}`,
  ])
