import assert from "node:assert/strict"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { hex } from "../unit/bgp/bytes.ts"

/** Codes of what is written in capitals: path attributes (IANA's registry of BGP), then capabilities. */
const attributes: Readonly<Record<string, number>> = {
  ORIGIN: 1,
  AS_PATH: 2,
  NEXT_HOP: 3,
  MULTI_EXIT_DISC: 4,
  LOCAL_PREF: 5,
  ATOMIC_AGGREGATE: 6,
  AGGREGATOR: 7,
  COMMUNITIES: 8,
  ORIGINATOR_ID: 9,
  CLUSTER_LIST: 10,
  MP_REACH: 14,
  MP_UNREACH: 15,
  "EXTENDED COMMUNITIES": 16,
  AS4_PATH: 17,
  AS4_AGGREGATOR: 18,
  "LARGE COMMUNITIES": 32,
}
const capabilities: Readonly<Record<string, number>> = {
  MULTIPROTOCOL: 1,
  "ROUTE REFRESH": 2,
  "EXTENDED NEXT HOP": 5,
  "EXTENDED MESSAGE": 6,
  "GRACEFUL RESTART": 64,
  "FOUR-OCTET AS": 65,
  "ENHANCED REFRESH": 70,
}
const types = ["", "OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"]
/** A field that is a number, which its bytes end with. */
const numbered =
  /^(?:length|version|AS|hold time|options|capabilities|withdrawn|attributes|code|subcode|text of|AFI|SAFI) (\d+)/

type Field = { readonly name: string; readonly bytes: Uint8Array }

/**
 * Compares the words of a vector's fields with its bytes, without the codec: as many of each, numbers and addresses where the words say
 * them, names by their codes, and every length by what it counts.
 */
export const checkFields = (words: string, bytes: string): void => {
  const names = words.split(" | ")
  const parts = bytes.split(" | ").map(hex)
  assert.equal(parts.length, names.length, "a name for each field")
  const fields = names.map((name, at): Field => ({ name, bytes: parts[at] ?? new Uint8Array(0) }))
  for (const field of fields) checkField(field)
  checkLengths(fields)
}

const checkField = ({ name, bytes }: Field): void => {
  const written = Buffer.from(bytes).toString("hex")
  const number = numbered.exec(name)?.[1]
  if (name === "marker") assert.equal(written, "ff".repeat(16))
  else if (number !== undefined) assert.ok(written.endsWith(inHex(Number(number), 1)), `${name}: ${written}`)
  else if (name === "type 255") assert.equal(written, "ff")
  else if (name.startsWith("type ")) assert.equal(types[bytes[0] ?? 0], name.slice(5))
  else if (name.startsWith('"')) assert.equal(Buffer.from(bytes).toString("utf8"), name.slice(1, -1))
  else if (/^[A-Z]/.test(name)) checkNamed(name, bytes)
  if (/COMMUNITIES/.test(name)) return
  for (const word of name.split(/[ ,]+/)) {
    const address = addressInHex(word)
    if (address !== undefined) assert.ok(written.includes(address), `${name}: ${word} in ${written}`)
  }
}

const titles = [...Object.keys(attributes), ...Object.keys(capabilities)]

/** An attribute or a capability: its code, its own length, and the numbers of paths and communities. */
const checkNamed = (name: string, bytes: Uint8Array): void => {
  const title = titles.find(one => name === one || name.startsWith(`${one} `))
  assert.ok(title !== undefined, `${name} has a code`)
  if (title in capabilities) {
    assert.deepEqual([bytes[0], bytes[1]], [capabilities[title], bytes.length - 2], name)
    return
  }
  const [flags = 0, type, first = 0, second = 0] = bytes
  const [head, length] = (flags & 0x10) === 0 ? [3, first] : [4, first * 256 + second]
  assert.deepEqual([type, length], [attributes[title], bytes.length - head], name)
  if (!/PATH|COMMUNITIES/.test(title)) return
  const written = Buffer.from(bytes).toString("hex")
  for (const [word] of name.slice(title.length).matchAll(/\b[\da-f]+\b/g)) {
    const sought: string = title === "EXTENDED COMMUNITIES" ? word : inHex(Number(word), 2)
    assert.ok(written.includes(sought), `${name}: ${word} in ${written}`)
  }
}

const checkLengths = (fields: readonly Field[]): void => {
  const sizeOf = (some: readonly Field[]): number => some.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const at = (start: string): number => fields.findIndex(({ name }) => name.startsWith(start))
  const counted = (start: string): number => Number(numbered.exec(fields[at(start)]?.name ?? "")?.[1])
  assert.equal(counted("length"), sizeOf(fields), "the length of the message")
  if (at("attributes") >= 0) {
    const behind = fields.slice(at("attributes") + 1)
    assert.equal(counted("withdrawn"), sizeOf(fields.slice(at("withdrawn") + 1, at("attributes"))))
    assert.equal(counted("attributes"), sizeOf(behind.filter(({ name }) => /^[A-Z]/.test(name))))
  }
  const options = fields.findLastIndex(({ name }) => name.startsWith("options"))
  if (options >= 0)
    assert.equal(Number(numbered.exec(fields[options]?.name ?? "")?.[1]), sizeOf(fields.slice(options + 1)))
}

const inHex = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, "0")

/** An address as its bytes; a prefix as its length and the bytes that it takes; undefined for other words. */
const addressInHex = (written: string): string | undefined => {
  const [base = "", length] = written.split("/")
  const address = parseAddress(base)
  if (address === undefined) return undefined
  const whole = address.value.toString(16).padStart(address.family === "IPv4" ? 8 : 32, "0")
  return length === undefined ? whole : inHex(Number(length), 1) + whole.slice(0, 2 * Math.ceil(Number(length) / 8))
}
