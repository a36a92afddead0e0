import { Environment } from "@marcbachmann/cel-js"
import type { Address } from "../../../agent/core/ip/address.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import type { Json } from "../json.ts"
import { isList, isObject } from "../json.ts"

/** Whether a value keeps a rule; undefined where the rule cannot be evaluated on it, which the server refuses too. */
export type Rule = (self: Json) => boolean | undefined

class Ip {
  readonly address: Address
  constructor(address: Address) {
    this.address = address
  }
}

/** Kubernetes' `ip` takes neither a zone nor an IPv4 address mapped into IPv6. */
const addressOf = (text: string): Address | undefined => {
  const address = parseAddress(text)
  return address !== undefined && text.includes(":") === (address.family === "IPv6") ? address : undefined
}

const isCidr = (text: string): boolean => {
  const [, base = "", length = ""] = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? []
  const address = addressOf(base)
  return address !== undefined && Number(length) <= (address.family === "IPv4" ? 32 : 128)
}

let environment: Environment | undefined

/** The functions of Kubernetes' CEL libraries that rules of our CRDs call; a rule that calls another one fails to compile. */
const environmentOnce = (): Environment => {
  if (environment !== undefined) return environment
  const made = new Environment().registerVariable("self", "dyn")
  const seconds = made.parse("duration(self)")
  environment = made
    .registerType("net.IP", { ctor: Ip, fields: {} })
    .registerFunction("isIP(string): bool", (text: string) => addressOf(text) !== undefined)
    .registerFunction("isCIDR(string): bool", isCidr)
    .registerFunction("ip(string): net.IP", (text: string) => {
      const address = addressOf(text)
      if (address === undefined) throw new Error(`${text} is no address`)
      return new Ip(address)
    })
    .registerFunction("net.IP.family(): int", (ip: Ip) => (ip.address.family === "IPv4" ? 4n : 6n))
    // Go takes "0" for a duration, the package's own function does not.
    .registerFunction("goDuration(string): google.protobuf.Duration", (text: string): unknown =>
      seconds({ self: text === "0" ? "0s" : text }),
    )
  return environment
}

/** Reads a rule of a CRD (x-kubernetes-validations). Throws for one that is not CEL or calls what is not known here. */
export const compileRule = (text: string): Rule => {
  const evaluate = environmentOnce().parse(text.replaceAll(/\bduration\(/g, "goDuration("))
  return self => {
    try {
      return evaluate({ self: asCel(self) }) === true
    } catch {
      return undefined
    }
  }
}

/** Whole numbers are CEL's int, which the package takes as bigint. */
const asCel = (value: Json): unknown => {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value
  if (isList(value)) return value.map(asCel)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asCel(item)]))
}
