import type { Address } from "../ip/address.ts"
import type { Cidr } from "../ip/cidr.ts"
import { formatCidr } from "../ip/cidr.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"

/**
 * Events, effects and settings as JSON and back, for recordings: addresses are texts that begin with "ip:", prefixes "cidr:", bytes
 * "hex:", and a text that begins so by chance gets "text:" before it. Fields that are undefined are left out.
 */
export type Recorded = null | boolean | number | string | readonly Recorded[] | { readonly [field: string]: Recorded }

const marked = /^(ip|cidr|hex|text):/

export const toRecord = (value: unknown): Recorded => {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value
  if (typeof value === "string") return marked.test(value) ? `text:${value}` : value
  if (value instanceof Uint8Array) return `hex:${hexOf(value)}`
  if (Array.isArray(value)) return value.map(toRecord)
  if (isCidr(value)) return `cidr:${formatCidr(value)}`
  if (isAddress(value)) return `ip:${formatAddress(value)}`
  if (typeof value !== "object" || value === undefined)
    throw new TypeError(`a ${typeof value} has no form in a recording`)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, toRecord(field)]))
}

/** The reverse. A text that says to be an address or a prefix and is none throws a TypeError that names it. */
export const fromRecord = (record: Recorded): unknown => {
  if (typeof record === "string") return textFrom(record)
  if (record === null || typeof record !== "object") return record
  if (isList(record)) return record.map(fromRecord)
  return Object.fromEntries(Object.entries(record).map(([name, field]) => [name, fromRecord(field)]))
}

const textFrom = (text: string): unknown => {
  const [kind = ""] = marked.exec(text) ?? []
  const rest = text.slice(kind.length)
  switch (kind) {
    case "ip:":
      return addressFrom(rest)
    case "cidr:": {
      const [base = "", length = ""] = rest.split("/")
      if (!/^[0-9]{1,3}$/.test(length)) throw new TypeError(`"${rest}" is no prefix`)
      return { base: addressFrom(base), length: Number(length) } satisfies Cidr
    }
    case "hex:":
      if (!/^([0-9a-f]{2})*$/.test(rest)) throw new TypeError(`"${rest.slice(0, 40)}" is not hexadecimal`)
      return Uint8Array.from(rest.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
    default:
      return rest
  }
}

const addressFrom = (text: string): Address => {
  const address = parseAddress(text)
  if (address === undefined) throw new TypeError(`"${text}" is no address`)
  return address
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("")

const isList = (record: Recorded): record is readonly Recorded[] => Array.isArray(record)

const isAddress = (value: unknown): value is Address =>
  typeof value === "object" &&
  value !== null &&
  "family" in value &&
  "value" in value &&
  typeof value.value === "bigint"

const isCidr = (value: unknown): value is Cidr =>
  typeof value === "object" && value !== null && "base" in value && "length" in value && isAddress(value.base)
