import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { readSecretFacts } from "../../../agent/ports/kube/secret-facts.ts"

const read = (password: string | undefined, metadata: object = {}) => {
  const data = password === undefined ? {} : { password: Buffer.from(password).toString("base64") }
  const decoded = readSecretFacts({ metadata: { name: "bgp", namespace: "metallb-system", ...metadata }, data })
  assert.ok(decoded.ok)
  return decoded.value
}

test("the mark of a Secret is another one for another password, and for nothing else", () => {
  const { passwordDigest } = read("hunter2")
  assert.match(passwordDigest ?? "", /^[0-9a-f]{32}$/)
  assert.equal(read("hunter2", { resourceVersion: "9", labels: { team: "net" } }).passwordDigest, passwordDigest)
  assert.notEqual(read("hunter3").passwordDigest, passwordDigest)
  assert.notEqual(read(undefined).passwordDigest, passwordDigest)
})

test("nothing of the password can be told from what is kept", () => {
  const text = JSON.stringify(read("hunter2"))
  const encoded = Buffer.from("hunter2").toString("base64")
  const digests = ["hunter2", encoded].map(value => createHash("sha256").update(value).digest("hex").slice(0, 32))
  for (const trace of ["hunter2", encoded, ...digests]) assert.ok(!text.includes(trace))
})

test("what is no Secret is reported as ever", () => {
  assert.equal(readSecretFacts({ metadata: {} }).ok, false)
})
