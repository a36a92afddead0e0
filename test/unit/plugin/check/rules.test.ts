import assert from "node:assert/strict"
import { test } from "node:test"
import { embeddedManifests } from "../../../../plugin/cluster/embedded.ts"
import { at, type Json } from "../../../../plugin/cluster/json.ts"
import { compileRule } from "../../../../plugin/cluster/schema/rules.ts"
import { type Schema, schemasOf } from "../../../../plugin/cluster/schema/schema.ts"
import { validate } from "../../../../plugin/cluster/schema/validate.ts"
import { rows } from "../../../e2e/crd-rows.ts"

type Placed = { readonly field: string; readonly message: string; readonly rule: string }

/** Every rule of a schema with the field that it judges; "[]" stands for the place in a list. */
const rulesOf = (schema: Schema, field: string): readonly Placed[] => [
  ...(schema["x-kubernetes-validations"] ?? []).map(({ rule, message, fieldPath = "" }) => ({
    field: `${field}${fieldPath}`,
    message,
    rule,
  })),
  ...(schema.items === undefined ? [] : rulesOf(schema.items, `${field}[]`)),
  ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => rulesOf(inner, `${field}.${key}`)),
]

const present = (spec: Json, field: string): boolean =>
  field
    .split(".")
    .slice(1)
    .reduce<Json>((value, step) => at(value, ...(step.endsWith("[]") ? [step.slice(0, -2), 0] : [step])), spec) !==
  undefined

/** Rules that compare with what was stored before have tests of their own in e2e/crd.test.ts. */
const ofTransitions = ({ rule }: Placed): boolean => rule.includes("oldSelf")

for (const [known, schema] of schemasOf(embeddedManifests())) {
  const [apiVersion = "", kind = ""] = known.split(" ")
  const version = apiVersion.split("/")[1]
  const own = rows.filter(row => row.kind === kind && (row.version ?? "v1beta1") === version)
  const spec = schema.properties?.["spec"] ?? {}
  for (const rule of rulesOf(schema, "").filter(one => !ofTransitions(one))) {
    const field = rule.field.slice(1)
    test(`${known}: "${rule.message}" of ${field} is shown by a row that keeps it and a row that breaks it`, () => {
      const breaks = own.filter(({ words, spec: written }) => {
        const faults = words === undefined ? [] : validate(written as Json, spec, "spec", compileRule)
        return faults.some(
          fault => fault.field.replaceAll(/\[\d+\]/g, "[]") === field && fault.message.endsWith(rule.message),
        )
      })
      assert.ok(
        breaks.some(({ words }) => words === rule.message),
        "no row breaks it with its exact text",
      )
      assert.ok(
        own.some(({ words, spec: written }) => words === undefined && present(written as Json, field)),
        "no row keeps it",
      )
    })
  }
}
