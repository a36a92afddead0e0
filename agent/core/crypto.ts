/** Functions that the runtime has and the core needs; implemented at the edge, handed in as one argument. */
export type Crypto = {
  /** SHA-256 of the UTF-8 bytes of `text`: 32 bytes (FIPS 180-4). */
  readonly sha256: (text: string) => Uint8Array
}
