/** A 48-bit Ethernet address: exactly 6 bytes. */
export type Mac = Uint8Array

export const broadcastMac: Mac = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
export const zeroMac: Mac = new Uint8Array(6)

/** Reads "02:00:5e:10:00:01" (either case, six pairs of hexadecimal digits); undefined for anything else. */
export const parseMac = (text: string): Mac | undefined => {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined
  return Uint8Array.from(text.split(":"), pair => Number.parseInt(pair, 16))
}

/** Lower case, as `ip link` prints it. */
export const formatMac = (mac: Mac): string => Array.from(mac, byte => byte.toString(16).padStart(2, "0")).join(":")

/** No station has it; an answer to it reaches nobody, or everybody behind a switch that floods what it does not know. */
export const isZeroMac = (mac: Mac): boolean => mac.every(byte => byte === 0)

export const sameMac = (a: Mac, b: Mac): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])
