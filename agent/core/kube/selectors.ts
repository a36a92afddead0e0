import type { LabelSelector } from "../model.ts"
import type { Fields } from "./fields.ts"

/** A list of label selectors. */
export const readSelectors = (fields: Fields, key: string): readonly LabelSelector[] =>
  fields.children(key).map(readSelector)

export const readSelector = (fields: Fields): LabelSelector => ({
  ...(fields.has("matchLabels") ? { matchLabels: fields.map("matchLabels") } : {}),
  ...(fields.has("matchExpressions")
    ? {
        matchExpressions: fields.children("matchExpressions").map(expression => ({
          key: expression.text("key"),
          operator: expression.text("operator"),
          values: expression.texts("values"),
        })),
      }
    : {}),
})
