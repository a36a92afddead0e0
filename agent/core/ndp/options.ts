import { isZeroMac, type Mac } from "../net/mac.ts"

/**
 * Options behind a neighbour message (RFC 4861 section 4.6); the length counts 8 bytes and includes type and length:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------+---------------+-------------------------------+
 *   |     type      |   length = 1  |   link-layer address (6), for |
 *   +---------------+---------------+                               +
 *   |       types 1 (of the source) and 2 (of the target)           |
 *   +---------------------------------------------------------------+
 */
export type LinkLayerOptions = { readonly source: Mac | undefined; readonly target: Mac | undefined }

export type OptionsReading =
  | { readonly ok: true; readonly options: LinkLayerOptions }
  | { readonly ok: false; readonly fault: OptionFault }

export type OptionFault =
  | "an option has length 0"
  | "an option is cut short"
  | "link-layer address is not 6 bytes long"
  | "link-layer address is a group address"
  | "link-layer address is 0"

export const sourceLinkLayer = 1
export const targetLinkLayer = 2
/** Bytes of a link-layer address option on Ethernet (RFC 2464 section 6). */
export const linkLayerOptionLength = 8

/** Every option is walked over, since one of length 0 makes the whole message void (RFC 4861 section 4.6); of two alike the first counts. */
export const readOptions = (bytes: Uint8Array): OptionsReading => {
  let source: Mac | undefined
  let target: Mac | undefined
  for (let at = 0; at < bytes.length; ) {
    const [type, units] = bytes.subarray(at, at + 2)
    if (units === 0) return fault("an option has length 0")
    if (units === undefined || at + 8 * units > bytes.length) return fault("an option is cut short")
    if (type === sourceLinkLayer || type === targetLinkLayer) {
      if (units !== 1) return fault("link-layer address is not 6 bytes long")
      const mac = bytes.subarray(at + 2, at + 8)
      if (((mac[0] ?? 0) & 1) === 1) return fault("link-layer address is a group address")
      if (isZeroMac(mac)) return fault("link-layer address is 0")
      if (type === sourceLinkLayer) source ??= mac
      else target ??= mac
    }
    at += 8 * units
  }
  return { ok: true, options: { source, target } }
}

const fault = (text: OptionFault): OptionsReading => ({ ok: false, fault: text })
