import assert from "node:assert/strict"
import type { Explained } from "../../../../agent/core/bgp/session/explain.ts"
import { type Reason, reasonOf } from "../../../../agent/core/reasons.ts"

/** Every word in braces that the sentences of a code have must be among the facts. */
export const assertFilled = ({ reason, facts }: Explained): void => {
  const { short = "", fix }: Reason = reasonOf(reason)
  for (const [, name = ""] of `${short} ${fix}`.matchAll(/\{([a-z][A-Za-z]*)\}/g))
    assert.ok(
      Object.hasOwn(facts, name),
      `${reason} says {${name}}, and the facts are ${Object.keys(facts).join(", ")}`,
    )
}
