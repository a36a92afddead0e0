import type { ApiObject } from "../../agent/core/config/import/objects.ts"
import type { Api } from "./api.ts"
import type { JsonObject } from "./json.ts"
import { kindOf, kinds } from "./kinds.ts"
import { apply, create, shortName } from "./objects.ts"

export type ImportWriting = { readonly dryRun: boolean; readonly said: (line: string) => void }

/**
 * Writes the objects one after the other, in their order, and says each when it is done, so that a failure shows how far it
 * came; running it again goes on. A Secret is created and never merged into one that is there.
 */
export const applyImported = async (
  api: Api,
  objects: readonly ApiObject[],
  { dryRun, said }: ImportWriting,
): Promise<void> => {
  const trial = dryRun ? " (server dry run)" : ""
  for (const object of objects) {
    const kind = kindOf(object.apiVersion, object.kind)
    if (kind === undefined) throw new Error(`kind ${object.kind} of ${object.apiVersion} is unknown`)
    const json = object as unknown as JsonObject
    if (kind === kinds.secret) {
      await create(api, kind, json, { dryRun })
      said(`${shortName(json)} created${trial}`)
    } else {
      const { outcome } = await apply(api, kind, json, { dryRun })
      said(`${shortName(json)} ${outcome}${trial}`)
    }
  }
}
