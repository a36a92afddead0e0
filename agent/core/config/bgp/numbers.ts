import type { Address } from "../../ip/address.ts"
import { parseAddress } from "../../ip/parse.ts"
import type { Problems } from "../problem.ts"

/** Reports a number outside its bounds and returns it as it is. */
export const checkNumber = (field: string, value: number, least: number, most: number, problems: Problems): number => {
  if (value < least || value > most) {
    const allowed = `${least} to ${most}`
    problems.error("ML250", field, `${value} is not allowed; allowed are ${allowed}`, { allowed })
  }
  return value
}

/** An optional address, "" where unset; a text that is none is reported. */
export const checkAddress = (field: string, text: string, problems: Problems): Address | undefined => {
  if (text === "") return undefined
  const address = parseAddress(text)
  if (address === undefined) {
    const allowed = "an address such as 192.0.2.1 or 2001:db8::1"
    problems.error("ML250", field, `"${text.slice(0, 64)}" is not an IP address; allowed is ${allowed}`, { allowed })
  }
  return address
}
