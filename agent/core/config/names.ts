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

/**
 * A name that the API server takes: as it is where it is one (RFC 1123 subdomain of at most 253 characters), else its
 * letters and digits in lower case, joined by dashes, at most 63 of them.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export const validName = (text: string, fallback: string): string => {
  const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
  if (text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text)) return text
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "")
  return plain === "" ? fallback : plain
}
