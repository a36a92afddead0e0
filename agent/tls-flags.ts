/** What --tls-min-version, --tls-cipher-suites and --tls-curve-preferences ask for, in OpenSSL's words. */
export type TlsSettings = {
  readonly minVersion: "TLSv1.2" | "TLSv1.3"
  /** Colon-separated; undefined: OpenSSL's own choice. */
  readonly ciphers: string | undefined
  readonly ecdhCurve: string | undefined
}

export type TlsTexts = { readonly minVersion: string; readonly cipherSuites: string; readonly curves: string }

export type TlsReading =
  | { readonly ok: true; readonly settings: TlsSettings }
  | { readonly ok: false; readonly message: string }

const versions = { VersionTLS12: "TLSv1.2", VersionTLS13: "TLSv1.3" } as const

/** Go's names of the TLS 1.2 suites that it does not call insecure, as --tls-cipher-suites of Kubernetes' components takes them. */
const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: "ECDHE-ECDSA-CHACHA20-POLY1305",
}

/** IANA's numbers of the groups: https://www.iana.org/assignments/tls-parameters/ */
const curves: Readonly<Record<string, string>> = {
  "23": "P-256",
  "24": "P-384",
  "25": "P-521",
  "29": "X25519",
  "4588": "X25519MLKEM768",
}

const listOf = (text: string): readonly string[] =>
  text
    .split(",")
    .map(word => word.trim())
    .filter(word => word !== "")

/** Reads the three flags as MetalLB does: TLS 1.3 unless 1.2 is asked for, suites only with 1.2, groups by number, none twice. */
export const readTls = ({ minVersion, cipherSuites, curves: groups }: TlsTexts): TlsReading => {
  const no = (message: string): TlsReading => ({ ok: false, message })
  const version = minVersion === "" ? "VersionTLS13" : minVersion
  if (version !== "VersionTLS12" && version !== "VersionTLS13")
    return no(`--tls-min-version=${minVersion}: allowed is VersionTLS12 or VersionTLS13`)
  const asked = listOf(cipherSuites)
  if (asked.length > 0 && version === "VersionTLS13")
    return no("--tls-cipher-suites has no effect on TLS 1.3; leave it out, or add --tls-min-version=VersionTLS12")
  for (const name of asked)
    if (!Object.hasOwn(suites, name))
      return no(`--tls-cipher-suites: ${name} is unknown; allowed are ${Object.keys(suites).join(", ")}`)
  const numbers = listOf(groups)
  const wrong = numbers.find(number => !Object.hasOwn(curves, number))
  if (wrong !== undefined) {
    const known = Object.entries(curves).map(([number, name]) => `${number} (${name})`)
    return no(`--tls-curve-preferences: ${wrong} is unknown; allowed are ${known.join(", ")}`)
  }
  if (new Set(numbers).size < numbers.length) return no("--tls-curve-preferences names a number twice")
  const joined = (names: readonly string[], table: Readonly<Record<string, string>>) =>
    names.length === 0 ? undefined : names.map(name => table[name] ?? "").join(":")
  return {
    ok: true,
    settings: { minVersion: versions[version], ciphers: joined(asked, suites), ecdhCurve: joined(numbers, curves) },
  }
}
