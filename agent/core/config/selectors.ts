import { repeatedPlaces, selectorFaults, selectorRepeats } from "../labels/check.ts"
import type { LabelSelector } from "../model.ts"
import type { Problems } from "./problem.ts"

/** Reports invalid selectors of a list as errors and repeated ones as warnings. `field` is the path of the list. */
export const checkSelectors = (field: string, selectors: readonly LabelSelector[], problems: Problems): void => {
  for (const [index, selector] of selectors.entries()) checkSelector(`${field}[${index}]`, selector, problems)
  for (const repeat of selectorRepeats(selectors)) {
    const path = `${field}${repeat.path}`
    problems.warning("ML221", path, `${path} ${repeat.message}`)
  }
}

export const checkSelector = (field: string, selector: LabelSelector, problems: Problems): void => {
  for (const fault of selectorFaults(selector)) {
    const path = `${field}.${fault.path}`
    problems.error("ML220", path, `${path}: ${fault.message}`)
  }
}

/** Reports a name that stands in a list more than once, as a warning. */
export const checkRepeats = (field: string, names: readonly string[], problems: Problems): void => {
  for (const place of repeatedPlaces(names)) {
    const path = `${field}[${place}]`
    problems.warning("ML221", path, `${path}: "${names[place]}" is listed twice`)
  }
}
