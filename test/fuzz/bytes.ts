/** Bytes as a text of characters below 256, which is what the mutations change; those above count by their last eight bits. */
export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, character => (character.codePointAt(0) ?? 0) & 0xff)

export const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

export const hexText = (hex: string): string => textOf(Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")))
