/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const nameForm = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const domainPart = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

const nameRule = "at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
const prefixRule = "a lower-case DNS name of at most 253 characters"

/** What is wrong with the key of a label; undefined where nothing is. */
export const labelKeyFault = (key: string): string | undefined => {
  const slash = key.indexOf("/")
  const name = key.slice(slash + 1)
  if (slash >= 0) {
    const prefix = key.slice(0, slash)
    if (prefix.length > 253 || !prefix.split(".").every(part => domainPart.test(part))) {
      return `"${key}" is not a label key: what stands before "/" is ${prefixRule}`
    }
  }
  return name.length <= 63 && nameForm.test(name) ? undefined : `"${key}" is not a label key: allowed are ${nameRule}`
}

/** What is wrong with the value of a label; undefined where nothing is. The empty value is allowed. */
export const labelValueFault = (value: string): string | undefined =>
  value === "" || (value.length <= 63 && nameForm.test(value))
    ? undefined
    : `"${value}" is not a label value: allowed are ${nameRule}, or nothing`
