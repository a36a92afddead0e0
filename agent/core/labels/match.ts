import type { LabelMap, LabelSelector } from "../model.ts"

/**
 * Whether labels satisfy a selector, as Kubernetes evaluates it: all matchLabels and all matchExpressions must hold, an
 * empty selector matches everything, and NotIn holds where the key is absent. An operator that Kubernetes does not know
 * never matches; `selectorFaults` reports it.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
 */
export const matchesSelector = (selector: LabelSelector, labels: LabelMap): boolean => {
  const { matchLabels = {}, matchExpressions } = selector
  for (const key of Object.keys(matchLabels)) {
    if (labelOf(labels, key) !== matchLabels[key]) return false
  }
  return matchExpressions === undefined || matchExpressions.every(expression => holds(expression, labels))
}

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number]

const holds = ({ key, operator, values }: Expression, labels: LabelMap): boolean => {
  const label = labelOf(labels, key)
  switch (operator) {
    case "In":
      return label !== undefined && values?.includes(label) === true
    case "NotIn":
      return label === undefined || values?.includes(label) !== true
    case "Exists":
      return label !== undefined
    case "DoesNotExist":
      return label === undefined
    default:
      return false
  }
}

/** Whether at least one selector matches; an empty list matches nothing, so callers decide what "no selector" means. */
export const matchesAny = (selectors: readonly LabelSelector[], labels: LabelMap): boolean =>
  selectors.some(selector => matchesSelector(selector, labels))

/** Own keys only: a label may be named like something every object inherits. */
const labelOf = (labels: LabelMap, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined
