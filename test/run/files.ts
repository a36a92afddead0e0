import { readdirSync } from "node:fs"
import { join } from "node:path"

/** All `*.test.ts` files below the folders, in name order. A folder that does not exist is an error, not an empty list. */
export const testFiles = (root: string, folders: readonly string[]): readonly string[] =>
  folders
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter(name => name.endsWith(".test.ts"))
        .map(name => join(root, folder, name)),
    )
    .sort()
