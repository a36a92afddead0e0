/** Six bytes of an Ethernet address as text: "02:00:5e:10:00:01". */
export const formatMac = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join(":")

/** The reverse; undefined unless it is six two-digit hexadecimal numbers joined by ":". */
export const parseMac = (text: string): Uint8Array | undefined =>
  /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)
    ? Uint8Array.from(text.split(":"), part => Number.parseInt(part, 16))
    : undefined
