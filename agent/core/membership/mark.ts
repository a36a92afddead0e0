import { magic } from "../detector/packet.ts"

/**
 * True for the metadata of our speakers (`detector/mark.ts` writes them), of whatever version; MetalLB's speakers have none.
 * That one byte alone decides whether the cluster counts as mixed.
 */
export const hasMark = (meta: Uint8Array): boolean => meta[0] === magic
