/**
 * What bounds a decoder. The library's own limits are 20 MiB a stream and 40 MiB unpacked; ours are sized for 5,000 nodes
 * (Kubernetes' largest cluster, about 130 bytes each) with room for longer names, because a speaker lives in 65 MB.
 */
export const wireLimits = {
  /** One UDP payload, packed or unpacked. */
  packetBytes: 65_535,
  /** Messages of one packet, compounds within compounds included. */
  packetMessages: 1024,
  /** Compound or compressed messages around one message. A sender of the library makes two. */
  nesting: 4,
  /** One message on a stream as it arrives, frame and encryption included. */
  streamBytes: 4 * 1024 * 1024,
  /** The same, unpacked. */
  streamUnpackedBytes: 8 * 1024 * 1024,
  /** Node records in one push/pull. */
  records: 16_384,
  /** A Kubernetes node name has at most 253 bytes. */
  nameBytes: 255,
  /** MetaMaxSize of the library. */
  metaBytes: 512,
  /** Values in one msgpack object: the widest message has 8 fields. */
  values: 256,
  /** Maps and arrays within each other. */
  depth: 4,
} as const
