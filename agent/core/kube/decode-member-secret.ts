import { secretEntry } from "../membership/new-secret.ts"
import { type Decoded, decodeCore } from "./decoded.ts"

/** Bytes that are taken of the secret; more makes no key stronger. */
export const longestSecret = 4_096

/** `secret`: undefined where it has none that can be read. */
export type MemberSecret = { readonly secret: Uint8Array | undefined }

/** What all speakers share, out of its Secret. */
export const decodeMemberSecret = (json: unknown): Decoded<MemberSecret> =>
  decodeCore("secret", json, (_, root) => ({ secret: bytesOf(root.child("data").text(secretEntry)) }))

/** RFC 4648 section 4, as the API server writes it. */
const bytesOf = (text: string): Uint8Array | undefined => {
  if (text === "" || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  return Uint8Array.from(atob(text), char => char.charCodeAt(0)).subarray(0, longestSecret)
}
