import { type Condition, validType } from "../config/condition.ts"
import type { Problem } from "../config/model.ts"
import type { Malformed, Meta } from "../model.ts"
import { Fields } from "./fields.ts"

/** An API object as a model value, or what makes it unreadable. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem }

/** Builds the value of a core object; the first malformed field makes the object unreadable. */
export const decodeCore = <T>(kind: string, json: unknown, build: (meta: Meta, root: Fields) => T): Decoded<T> => {
  const noted: Malformed[] = []
  const root = new Fields(json, "", noted)
  const meta = readMeta(root)
  const value = build(meta, root)
  const first = noted[0]
  return first === undefined && meta.name !== "" ? { ok: true, value } : unreadable(kind, meta, first)
}

/**
 * Builds the value of a configuration object. It stays readable with malformed fields, which are listed in the value: a
 * pool that cannot be judged must still be known to exist, or its addresses would look abandoned.
 */
export const decodeConfig = <T extends { readonly malformed?: readonly Malformed[]; readonly told?: Condition }>(
  kind: string,
  json: unknown,
  build: (meta: Meta, root: Fields) => T,
): Decoded<T> => {
  const noted: Malformed[] = []
  const root = new Fields(json, "", noted)
  const meta = readMeta(root)
  const value = build(meta, root)
  if (meta.name === "") return unreadable(kind, meta, noted[0])
  const told = readTold(json)
  return {
    ok: true,
    value: {
      ...value,
      ...(noted.length === 0 ? {} : { malformed: noted }),
      ...(told === undefined ? {} : { told }),
    },
  }
}

/** Our condition of the object. Read apart from the rest: a status that cannot be read is no fault of the object's. */
const readTold = (json: unknown): Condition | undefined => {
  const conditions = new Fields(json, "", []).child("status").children("conditions")
  const found = conditions.find(condition => condition.text("type") === validType)
  if (found === undefined) return undefined
  const status = found.text("status")
  return {
    type: validType,
    status: status === "True" || status === "False" ? status : "Unknown",
    reason: found.text("reason"),
    message: found.text("message"),
    lastTransitionTime: found.text("lastTransitionTime"),
    ...(found.has("observedGeneration") ? { observedGeneration: found.whole("observedGeneration", 0) } : {}),
  }
}

const unreadable = (kind: string, meta: Meta, first: Malformed | undefined): Decoded<never> => {
  const { field, message } = first ?? { field: "metadata.name", message: "the name is missing" }
  const name = meta.name || "?"
  return {
    ok: false,
    problem: {
      severity: "error",
      reason: "ML201",
      object: `${kind}/${name}`,
      field,
      message,
      facts: { kind, name, namespace: meta.namespace, field },
    },
  }
}

/** Annotations that a decision reads; all others are dropped, last-applied-configuration alone can be the larger half. */
const isOurs = (key: string): boolean => key.startsWith("metallb.")

const readMeta = (root: Fields): Meta => {
  const metadata = root.child("metadata")
  return {
    namespace: metadata.text("namespace"),
    name: metadata.text("name"),
    uid: metadata.text("uid"),
    resourceVersion: metadata.text("resourceVersion"),
    createdAt: metadata.time("creationTimestamp"),
    labels: metadata.map("labels"),
    annotations: metadata.map("annotations", isOurs),
  }
}
