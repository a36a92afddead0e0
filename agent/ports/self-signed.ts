import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"

/** PEM. */
export type KeyPair = { readonly cert: string; readonly key: string }

// DER, ITU-T X.690: tag, length, content.
const lengthOf = (size: number): Uint8Array => {
  if (size < 0x80) return Uint8Array.of(size)
  const bytes: number[] = []
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.of(tag), lengthOf(content.length), content])
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const ascii = (text: string) => Buffer.from(text, "latin1")

const object = (dotted: string): Uint8Array => {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  const base128 = (value: number): number[] => {
    const groups = [value % 128]
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left % 128))
    return groups
  }
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** RFC 5280 section 4.1.2.5: two digits of the year up to 2049, four from 2050. */
const time = (at: Date): Uint8Array => {
  const text = `${at.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`
  return at.getUTCFullYear() < 2050 ? der(0x17, ascii(text.slice(2))) : der(0x18, ascii(text))
}

const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  sequence(object(id), ...(critical ? [der(0x01, Uint8Array.of(0xff))] : []), der(0x04, value))

const pem = (label: string, bytes: Uint8Array): string => {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`
}

const ecdsaWithSha256 = sequence(object("1.2.840.10045.4.3.2"))
const day = 24 * 3600 * 1000

const certificate = (name: string, hosts: readonly string[], publicKey: KeyObject, key: KeyObject, now: number) => {
  const serial = randomBytes(16)
  // Positive and not shortened: RFC 5280 section 4.1.2.2.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const who = sequence(der(0x31, sequence(object("2.5.4.3"), der(0x0c, Buffer.from(name, "utf8")))))
  const validity = sequence(time(new Date(now - day)), time(new Date(now + 3650 * day)))
  const names = sequence(...hosts.map(host => der(0x82, ascii(host))))
  const digitalSignature = der(0x03, Uint8Array.of(7, 0x80))
  const extensions = sequence(
    extension("2.5.29.15", true, digitalSignature),
    extension("2.5.29.37", false, sequence(object("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", false, names),
  )
  const signed = sequence(
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, serial),
    ecdsaWithSha256,
    who,
    validity,
    who,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  )
  const signature = sign("sha256", signed, key)
  return sequence(signed, ecdsaWithSha256, der(0x03, Uint8Array.of(0), signature))
}

/**
 * A certificate for a server that nobody can verify but anybody can encrypt to: P-256, ten years, for these DNS names (ASCII).
 * RFC 5280 section 4.1. `now` is in milliseconds since the epoch.
 */
export const selfSigned = (name: string, hosts: readonly string[], now: number): KeyPair => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  return { cert: pem("CERTIFICATE", certificate(name, hosts, publicKey, privateKey, now)), key }
}
