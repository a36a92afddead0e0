/** The first of `name`, `name-2`, `name-3`… that is not taken yet; it is taken then. BOUNDED by the names taken. */
export const uniqueName = (name: string, taken: Set<string>): string => {
  let candidate = name
  for (let number = 2; taken.has(candidate); number += 1) {
    const tail = `-${number}`
    candidate = `${name.slice(0, 253 - tail.length)}${tail}`
  }
  taken.add(candidate)
  return candidate
}
