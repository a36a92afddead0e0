import assert from "node:assert/strict"
import { test } from "node:test"
import { createSecureContext } from "node:tls"
import { readTls } from "../../../agent/tls-flags.ts"

const read = (minVersion = "", cipherSuites = "", curves = "") => readTls({ minVersion, cipherSuites, curves })

const message = (reading: ReturnType<typeof read>) => (reading.ok ? "" : reading.message)

test("without flags it is TLS 1.3 with OpenSSL's own choices", () => {
  const expected = { ok: true, settings: { minVersion: "TLSv1.3", ciphers: undefined, ecdhCurve: undefined } }
  assert.deepEqual(read(), expected)
})

test("Go's names of suites and IANA's numbers of groups become names that OpenSSL knows", () => {
  const suites = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
  ]
  for (const suite of suites) {
    const reading = read("VersionTLS12", suite)
    const ciphers = reading.ok ? reading.settings.ciphers : undefined
    assert.doesNotThrow(() => createSecureContext({ ciphers: ciphers ?? assert.fail(message(reading)) }), suite)
  }
  for (const curve of ["23", "24", "25", "29", "4588"]) {
    const reading = read("", "", curve)
    const ecdhCurve = reading.ok ? reading.settings.ecdhCurve : undefined
    assert.doesNotThrow(() => createSecureContext({ ecdhCurve: ecdhCurve ?? assert.fail(message(reading)) }), curve)
  }
  const both = read(
    "VersionTLS12",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "29,23",
  )
  assert.deepEqual(both.ok ? both.settings : both, {
    minVersion: "TLSv1.2",
    ciphers: "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
    ecdhCurve: "X25519:P-256",
  })
})

test("what cannot be honoured is refused by name, with what is allowed", () => {
  assert.equal(message(read("VersionTLS11")), "--tls-min-version=VersionTLS11: allowed is VersionTLS12 or VersionTLS13")
  assert.match(message(read("", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")), /no effect on TLS 1\.3.*VersionTLS12/)
  assert.match(
    message(read("VersionTLS12", "TLS_RSA_WITH_RC4_128_SHA")),
    /TLS_RSA_WITH_RC4_128_SHA is unknown; allowed are/,
  )
  assert.match(message(read("", "", "22")), /22 is unknown; allowed are 23 \(P-256\)/)
  assert.equal(message(read("", "", "29,29")), "--tls-curve-preferences names a number twice")
})
