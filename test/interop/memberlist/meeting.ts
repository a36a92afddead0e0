import { type GoPeer, startPeer } from "./peer.ts"
import { eventually, type Speaker, type SpeakerOptions, startSpeaker } from "./speaker.ts"

export const port = 7946

/** Addresses of one test; all of 127/8 is this host. */
export const net = (subnet: number) => (host: number) => `127.20.${subnet}.${host}`

/** What a test starts, and ends whatever happens. */
export const scene = () => {
  const peers: GoPeer[] = []
  const speakers: Speaker[] = []
  return {
    peer: () => {
      const peer = startPeer()
      peers.push(peer)
      return peer
    },
    speaker: async (options: SpeakerOptions) => {
      const speaker = await startSpeaker(options)
      speakers.push(speaker)
      return speaker
    },
    end: async () => {
      await Promise.all([...peers.map(peer => peer.kill()), ...speakers.map(speaker => speaker.stop(0))])
    },
  }
}

export const together = (
  goNames: readonly string[],
  peer: GoPeer,
  speakers: readonly Speaker[],
  expected: readonly string[],
) => {
  const wanted = [...expected].sort().join()
  return eventually(
    `all see ${wanted}`,
    async () => {
      for (const name of goNames) if ((await peer.names(name)).join() !== wanted) return false
      return speakers.every(speaker => speaker.names().join() === wanted)
    },
    () => speakers.map(speaker => `${speaker.name}: ${speaker.names().join()}`),
    15_000,
  )
}

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
