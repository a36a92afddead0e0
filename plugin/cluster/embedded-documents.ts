import type { EmbeddedFile } from "./embedded.ts"
import type { Json } from "./json.ts"
import { readDocuments } from "./yaml.ts"

/** The objects in a file of the manifests. Throws an Error with line and column for what is no YAML. */
export const documentsOf = ({ text }: EmbeddedFile): readonly Json[] =>
  text.startsWith("[") ? (JSON.parse(text) as readonly Json[]) : readDocuments(text)
