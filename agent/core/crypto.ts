/** Functions that the runtime has and the core needs; implemented at the edge, handed in as one argument. */
export type Crypto = {
  /** SHA-256 of the UTF-8 bytes of `text`: 32 bytes (FIPS 180-4). */
  readonly sha256: (text: string) => Uint8Array
}

/** What membership packets need besides. All lengths in bytes. */
export type PacketCrypto = {
  /** AES-GCM (NIST SP 800-38D) with a key of 16, 24 or 32 and a nonce of 12: the ciphertext and, behind it, a tag of 16. */
  readonly seal: (key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, authenticated: Uint8Array) => Uint8Array
  /** The reverse; undefined where the tag does not fit the key, the nonce, the text or what was authenticated with it. */
  readonly open: (
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    authenticated: Uint8Array,
  ) => Uint8Array | undefined
  /** CRC-32 as in IEEE 802.3, 0..2^32-1. */
  readonly crc32: (bytes: Uint8Array) => number
  /** Bytes that nobody can foretell, fit for nonces and secrets. */
  readonly randomBytes: (length: number) => Uint8Array
}

/** What the failure detector signs its packets with. */
export type SigningCrypto = {
  /** HMAC-SHA-256 (RFC 2104, FIPS 198-1) of `data`: 32 bytes. */
  readonly hmacSha256: (key: Uint8Array, data: Uint8Array) => Uint8Array
}
