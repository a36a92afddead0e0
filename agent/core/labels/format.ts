import type { LabelSelector } from "../model.ts"

/**
 * Canonical text of a selector, in the form that `kubectl get -l` takes: terms and values sorted, so that their
 * order does not tell two selectors apart. The empty selector, which matches everything, is "".
 */
export const formatSelector = (selector: LabelSelector): string => {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) =>
    formatExpression(key, operator, values ?? []),
  )
  return [...new Set([...labels, ...expressions])].sort().join(",")
}

const formatExpression = (key: string, operator: string, values: readonly string[]): string => {
  const list = `(${[...new Set(values)].sort().join(",")})`
  switch (operator) {
    case "In":
      return `${key} in ${list}`
    case "NotIn":
      return `${key} notin ${list}`
    case "Exists":
      return key
    case "DoesNotExist":
      return `!${key}`
    default:
      return `${key} ${operator} ${list}`
  }
}
