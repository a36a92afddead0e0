import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { embeddedManifests } from "../../../../plugin/cluster/embedded.ts"
import type { Json } from "../../../../plugin/cluster/json.ts"
import { compileRule } from "../../../../plugin/cluster/schema/rules.ts"
import { schemasOf } from "../../../../plugin/cluster/schema/schema.ts"
import { validate } from "../../../../plugin/cluster/schema/validate.ts"
import { rows } from "../../../e2e/crd-rows.ts"

const schemas = schemasOf(embeddedManifests())

const faultsOf = (kind: string, version: string, spec: Json) => {
  const schema = schemas.get(`metallb.io/${version} ${kind}`)?.properties?.["spec"]
  assert.ok(schema, `${kind} ${version} has a schema`)
  return validate(spec, schema, "spec", compileRule)
}

describe("the CRDs' schemas and rules without an API server", () => {
  for (const { kind, version = "v1beta1", what, spec, words } of rows) {
    it(`${words === undefined ? "takes" : "refuses"} ${kind} ${version} with ${what}, as the API server does`, () => {
      const said = faultsOf(kind, version, spec as Json).map(({ message }) => message)
      if (words === undefined) assert.deepEqual(said, [])
      else
        assert.ok(
          said.some(text => text.includes(words)),
          JSON.stringify(said),
        )
    })
  }

  it("names the field of what is wrong, down to the place in a list", () => {
    const [fault] = faultsOf("IPAddressPool", "v1beta1", { addresses: ["10.0.0.0/24", "10.1.0.9-10.1.0.1"] })
    assert.equal(fault?.field, "spec.addresses[1]")
    const [cooling] = faultsOf("IPAddressPool", "v1beta1", { addresses: ["10.0.0.0/24"], coolingTime: "1m" })
    assert.equal(cooling?.field, "spec.coolingTime")
  })

  it("names the nearest field for one that does not exist", () => {
    const said = faultsOf("IPAddressPool", "v1beta1", { adresses: ["10.0.0.0/24"] })
    assert.deepEqual(said, [
      { field: "spec.addresses", message: "Required value" },
      { field: "spec.adresses", message: "unknown field; the nearest one is addresses" },
    ])
  })

  it("takes null for nothing where the schema has a default, and refuses it elsewhere", () => {
    const pool = (spec: Json) => faultsOf("IPAddressPool", "v1beta1", spec)
    assert.deepEqual(pool({ addresses: ["10.0.0.0/24"], autoAssign: null }), [])
    const [fault] = pool({ addresses: ["10.0.0.0/24"], drain: null })
    assert.equal(fault?.message, "Invalid value: must be of type boolean: null")
  })

  it("takes an address mapped into IPv6 for none, as Kubernetes' own functions do", () => {
    const [fault] = faultsOf("IPAddressPool", "v1beta1", { addresses: ["::ffff:10.0.0.0/120"] })
    assert.equal(fault?.field, "spec.addresses[0]")
  })
})
