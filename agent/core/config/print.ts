/** Equal texts for equal values of the configuration: lists are sorted, and sets are filled in a fixed order. */
export const printOf = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return part.toString()
    return part instanceof Set ? [...part].sort() : part
  })
