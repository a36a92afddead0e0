import type { EmbeddedFile } from "../embedded.ts"
import { documentsOf } from "../embedded-documents.ts"
import { isObject, type Json, listAt, mapAt, textAt } from "../json.ts"

/** The part of a CRD's OpenAPI schema that our CRDs use. */
export type Schema = {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly default?: Json
  readonly enum?: readonly Json[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly "x-kubernetes-list-type"?: string
  readonly "x-kubernetes-validations"?: readonly SchemaRule[]
}

export type SchemaRule = { readonly rule: string; readonly message: string; readonly fieldPath?: string }

/** Schemas of the custom resources that the manifests define, by "apiVersion kind". */
export const schemasOf = (files: readonly EmbeddedFile[]): ReadonlyMap<string, Schema> =>
  new Map(
    files
      .filter(({ path }) => path.startsWith("crds/"))
      .flatMap(documentsOf)
      .filter(isObject)
      .flatMap(crd =>
        listAt(crd, "spec", "versions").map(version => [
          `${textAt(crd, "spec", "group")}/${textAt(version, "name")} ${textAt(crd, "spec", "names", "kind")}`,
          mapAt(version, "schema", "openAPIV3Schema") as Schema,
        ]),
      ),
  )
