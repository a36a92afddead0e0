import type { LabelSelector } from "../model.ts"
import { formatSelector } from "./format.ts"
import { labelKeyFault, labelValueFault } from "./syntax.ts"

/** One thing wrong in a selector; `path` continues the selector's own path: "matchExpressions[0].operator". */
export type SelectorFault = { readonly path: string; readonly message: string }

const operators = ["In", "NotIn", "Exists", "DoesNotExist"]

/** Everything for which the API server would refuse this selector in a NetworkPolicy or Deployment. */
export const selectorFaults = (selector: LabelSelector): readonly SelectorFault[] => {
  const faults: SelectorFault[] = []
  const add = (path: string, message: string | undefined) => {
    if (message !== undefined) faults.push({ path, message })
  }
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    add(`matchLabels[${key}]`, labelKeyFault(key) ?? labelValueFault(value))
  }
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const path = `matchExpressions[${index}]`
    add(`${path}.key`, labelKeyFault(key))
    if (!operators.includes(operator)) {
      add(`${path}.operator`, `"${operator}" is not an operator; allowed are ${operators.join(", ")}`)
    } else if (operator === "In" || operator === "NotIn") {
      if (values.length === 0) add(`${path}.values`, `operator ${operator} needs at least one value`)
      values.forEach((value, at) => {
        add(`${path}.values[${at}]`, labelValueFault(value))
      })
    } else if (values.length > 0) {
      add(`${path}.values`, `operator ${operator} takes no values`)
    }
  }
  return faults
}

/**
 * What is written twice in a list of selectors: a value in an expression, an expression in a selector, a selector in the
 * list. Order of values and of expressions does not tell two apart.
 */
export const selectorRepeats = (selectors: readonly LabelSelector[]): readonly SelectorFault[] => {
  const repeats: SelectorFault[] = []
  const selectorTexts = new Map<string, number>()
  for (const [index, selector] of selectors.entries()) {
    const expressionTexts = new Map<string, number>()
    for (const [at, expression] of (selector.matchExpressions ?? []).entries()) {
      const path = `[${index}].matchExpressions[${at}]`
      const values = expression.values ?? []
      for (const place of repeatedPlaces(values)) {
        repeats.push({ path: `${path}.values[${place}]`, message: `value "${values[place]}" is listed twice` })
      }
      const text = formatSelector({ matchExpressions: [expression] })
      const earlier = expressionTexts.get(text)
      if (earlier === undefined) expressionTexts.set(text, at)
      else repeats.push({ path, message: `repeats expression ${earlier} of the selector` })
    }
    const text = formatSelector(selector)
    const earlier = selectorTexts.get(text)
    if (earlier === undefined) selectorTexts.set(text, index)
    else repeats.push({ path: `[${index}]`, message: `repeats selector ${earlier} of the list ("${text}")` })
  }
  return repeats
}

/** Indexes of the values that stand earlier in the list already. */
export const repeatedPlaces = (values: readonly string[]): readonly number[] => {
  const seen = new Set<string>()
  return values.flatMap((value, place) => {
    if (seen.has(value)) return [place]
    seen.add(value)
    return []
  })
}
