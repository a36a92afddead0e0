import { repeatedPlaces, selectorFaults, selectorRepeats } from "../labels/check.ts"
import type { LabelSelector } from "../model.ts"
import type { Problems } from "./problem.ts"

/** Reports invalid selectors of a list as errors and repeated ones as warnings. `field` is the path of the list. */
export const checkSelectors = (field: string, selectors: readonly LabelSelector[], problems: Problems): void => {
  for (const [index, selector] of selectors.entries()) checkSelector(`${field}[${index}]`, selector, problems)
  for (const repeat of selectorRepeats(selectors)) {
    problems.warning("ML221", `${field}${repeat.path}`, repeat.message)
  }
}

export const checkSelector = (field: string, selector: LabelSelector, problems: Problems): void => {
  for (const fault of selectorFaults(selector)) {
    problems.error("ML220", `${field}.${fault.path}`, fault.message)
  }
}

/** Reports a name that stands in a list more than once, as a warning. */
export const checkRepeats = (field: string, names: readonly string[], problems: Problems): void => {
  for (const place of repeatedPlaces(names)) {
    problems.warning("ML221", `${field}[${place}]`, `"${names[place]}" is listed twice`)
  }
}
