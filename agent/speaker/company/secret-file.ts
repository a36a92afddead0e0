import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { longestSecret } from "../../core/kube/decode-member-secret.ts"
import { secretEntry } from "../../core/membership/new-secret.ts"

/**
 * The secret from the folder that the DaemonSet mounts, its bytes as they are; undefined where the file is not there, empty, or not
 * for this user. Rejects with the system's error for anything else.
 */
export const readSecretFile = async (folder: string): Promise<Uint8Array | undefined> => {
  if (folder === "") return undefined
  try {
    const bytes = await readFile(join(folder, secretEntry))
    return bytes.length === 0 ? undefined : new Uint8Array(bytes).subarray(0, longestSecret)
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EACCES"))
      return undefined
    throw error
  }
}
