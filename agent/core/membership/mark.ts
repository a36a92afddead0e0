import { textOfBytes } from "./wire/msgpack-read.ts"
import { bytesOfText } from "./wire/msgpack-write.ts"

/*
 * The metadata of our speakers, so that they know each other from MetalLB's, which have none:
 *   "kubectl-metallb/" version [ ";" anything the speaker wants to tell ]
 */
const prefix = "kubectl-metallb/"
const version = 1

/** Metadata with the mark; `note` is at most 480 bytes, for the library's limit is 512. */
export const markedMeta = (note = ""): Uint8Array => bytesOfText(`${prefix}${version}${note === "" ? "" : `;${note}`}`)

/** The note behind the mark ("" for none), or undefined where the metadata is not one of ours. Later versions are ours too. */
export const readMark = (meta: Uint8Array): string | undefined => {
  const text = textOfBytes(meta)
  const match = /^kubectl-metallb\/\d{1,4}(?:;([\s\S]*))?$/.exec(text)
  return match === null ? undefined : (match[1] ?? "")
}

export const hasMark = (meta: Uint8Array): boolean => readMark(meta) !== undefined
