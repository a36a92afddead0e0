import { createHash } from "node:crypto"
import type { Crypto } from "../../agent/core/crypto.ts"
import type { ParseYaml } from "../../agent/core/yaml/tree.ts"
import { parseYaml } from "./yaml.ts"

/** What the core's functions are handed of the runtime. */
export const coreTools: { readonly parseYaml: ParseYaml; readonly crypto: Crypto } = {
  parseYaml,
  crypto: { sha256: text => createHash("sha256").update(text, "utf8").digest() },
}
